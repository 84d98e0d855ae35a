package sqlstore_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
)

// SQLite itself would let it grow to 16,000 pages.
func TestTheLogIsTakenIntoTheFileWhileOthersWrite(t *testing.T) {
	const writes, page, most = 20_000, 4096, 12_000
	path := sqlstore.Migrated(t)
	s := open(t, sqlstore.SQLite{Path: path, Ephemeral: true})
	sqlstore.ShortLog(s, 200)
	for i := range writes {
		must(t, s.Write(t.Context(), func(tx commerce.Tx) error {
			name := fmt.Sprint(i)
			return tx.Worlds().Insert(context.Background(), commerce.World{ID: name, Name: name})
		}))
	}
	log, err := os.Stat(path + "-wal")
	must(t, err)
	if log.Size() > most*page {
		t.Errorf("the log has grown to %d pages", log.Size()/page)
	}
	must(t, s.Close())
	var intact string
	var there int
	must(t, raw(t, path).QueryRow("PRAGMA integrity_check").Scan(&intact))
	must(t, raw(t, path).QueryRow("SELECT count(*) FROM worlds").Scan(&there))
	if intact != "ok" || there != writes {
		t.Errorf("the file is %s, with %d of %d worlds", intact, there, writes)
	}
}
