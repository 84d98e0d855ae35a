package sqlstore

import (
	"io/fs"
	"path"
	"slices"
	"testing"
)

// A number stands for the same schema in both engines.
func TestEachMigrationIsThereForBothEngines(t *testing.T) {
	names := func(files fs.FS, dir string) []string {
		entries, err := fs.ReadDir(files, path.Join("migrations", dir))
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, e := range entries {
			if e.Name() > "00007" { // the first of PostgreSQL's is all of those before
				all = append(all, e.Name())
			}
		}
		return all
	}
	if one, other := names(sqliteMigrations, "sqlite"), names(postgresMigrations, "postgres"); !slices.Equal(one, other) || len(one) == 0 {
		t.Errorf("SQLite has %v, PostgreSQL %v", one, other)
	}
}
