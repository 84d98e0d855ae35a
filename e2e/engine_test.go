package e2e_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"provost/internal/storetest"
)

// Where a PostgreSQL is named to test on, every shop lies there that would lie in
// a file otherwise.
var onPostgres = os.Getenv(storetest.PostgresVariable) != ""

// inAFile skips a test of what only files have.
func inAFile(t *testing.T) {
	t.Helper()
	if onPostgres {
		t.Skip("it is about the file of a SQLite database")
	}
}

// databases are the schemas that stand for files, by the file or directory that
// a command line names.
var databases = map[string]string{}

// placed gives a command its shop on the engine that is tested.
func placed(t *testing.T, args []string) []string {
	t.Helper()
	if !onPostgres || len(args) == 0 || slices.Contains(args, "--help") {
		return args
	}
	args = slices.Clone(args)
	if args[0] == "dev" && !slices.Contains(args, "--database") {
		data := ""
		if i := slices.Index(args, "--data"); i > 0 && i+1 < len(args) {
			data = args[i+1]
		}
		return append(args, "--database", schemaOf(t, data))
	}
	if i := slices.Index(args, "--database"); i > 0 && i+1 < len(args) && !strings.Contains(args[i+1], "://") && args[i+1] != "" {
		args[i+1] = schemaOf(t, args[i+1])
	}
	return args
}

// schemaOf is where the rows are that would lie in a file or directory.
func schemaOf(t *testing.T, path string) string {
	t.Helper()
	if there, ok := databases[path]; ok && path != "" {
		return there
	}
	url := storetest.Postgres(t)
	if path != "" {
		databases[path] = url
		t.Cleanup(func() { delete(databases, path) })
	}
	return url
}

// sharedDatabase is the URL of an empty database where there is a PostgreSQL.
func sharedDatabase(t *testing.T) string {
	t.Helper()
	if !onPostgres {
		return ""
	}
	return storetest.Postgres(t)
}

// shopIn is the database of a development server's shop.
func shopIn(t *testing.T, data string) string {
	t.Helper()
	if onPostgres {
		return schemaOf(t, data)
	}
	return filepath.Join(data, "provost.db")
}

// copyOfShop is a database with a stopped development server's shop that serves
// beside it: the file's copy, or the same schema.
func copyOfShop(t *testing.T, data string) string {
	t.Helper()
	if onPostgres {
		return schemaOf(t, data)
	}
	path := filepath.Join(t.TempDir(), "provost.db")
	copyFile(t, shopIn(t, data), path)
	return path
}
