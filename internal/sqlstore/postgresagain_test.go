package sqlstore

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// In ten seconds a transaction can be overtaken more often than a number has
// bits.
func TestPostgresTransactionThatIsOvertakenVeryOftenIsBegunAgain(t *testing.T) {
	overtaken := &pgconn.PgError{Code: "40001"}
	for _, tries := range []int{0, 1, 5, 43, 44, 63, 64, 1000} {
		began := time.Now()
		if !new(postgresEngine).again(t.Context(), overtaken, tries, began, false) {
			t.Errorf("after %d tries it is given up", tries)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("after %d tries it waits %s", tries, took)
		}
	}
}
