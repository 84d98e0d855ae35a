package sqlstore_test

import (
	"testing"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
	"provost/internal/storetest"
)

// shared is a store that knows where its database is.
type shared struct {
	*sqlstore.Store
	url string
}

func (s shared) Reopen(t *testing.T) commerce.Store {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return openPostgres(t, s.url)
}

func openPostgres(t testing.TB, url string) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.OpenPostgres(t.Context(), sqlstore.Postgres{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestPostgresKeepsEveryPromise(t *testing.T) {
	storetest.Postgres(t)
	storetest.Run(t, func(t *testing.T) commerce.Store {
		url := storetest.Postgres(t)
		return shared{openPostgres(t, url), url}
	})
}
