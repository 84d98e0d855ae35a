package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"provost/internal/commerce"
)

func requestCount(kind, customer string, requests int) commerce.RequestCount {
	return commerce.RequestCount{Kind: kind, Partner: "Tenant-1", Customer: customer, Requests: requests}
}

func addRequestCounts(t *testing.T, s commerce.Store, began time.Time, counts ...commerce.RequestCount) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx commerce.Tx) error { return tx.RequestCounts().Add(ctx, began, counts) })
}

func requestCounts(t *testing.T, s commerce.Store, began time.Time, atLeast int) []string {
	t.Helper()
	counts := read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.RequestCount, error) {
		return tx.RequestCounts().AtLeast(ctx, began, atLeast)
	})
	all := each(counts, func(c commerce.RequestCount) string {
		return strings.Join([]string{c.Kind, c.Partner, c.Customer, fmt.Sprint(c.Requests)}, " ")
	})
	slices.Sort(all)
	return all
}

var requestCountPromises = []promise{
	{"counts of requests add up, each to its own", func(t *testing.T, s commerce.Store) {
		var many []commerce.RequestCount
		for i := range 50 {
			many = append(many, requestCount("carts", fmt.Sprint(i), 1))
		}
		addRequestCounts(t, s, noon, append(many, requestCount("orders", "Customer-1", 200), requestCount("orders", "", 3))...)
		addRequestCounts(t, s, noon, requestCount("orders", "customer-1", 100), requestCount("orders", "customer-2", 299), requestCount("orders", "", 297))
		addRequestCounts(t, s, *after(time.Minute), requestCount("orders", "customer-1", 7))
		same(t, "those of 300", requestCounts(t, s, noon, 300), []string{"orders tenant-1  300", "orders tenant-1 customer-1 300"})
		if all := requestCounts(t, s, noon, 1); len(all) != 53 {
			t.Errorf("there are %d", len(all))
		}
		same(t, "the next minute's", requestCounts(t, s, *after(time.Minute), 1), []string{"orders tenant-1 customer-1 7"})
	}},
	{"counts of earlier minutes can be forgotten, and no others", func(t *testing.T, s commerce.Store) {
		for _, began := range []time.Time{noon, *after(time.Minute), *after(2 * time.Minute)} {
			addRequestCounts(t, s, began, requestCount("orders", "customer-1", 7))
		}
		write(t, s, func(ctx context.Context, tx commerce.Tx) error {
			return tx.RequestCounts().Forget(ctx, *after(time.Minute))
		})
		for minutes, want := range [][]string{nil, {"orders tenant-1 customer-1 7"}, {"orders tenant-1 customer-1 7"}} {
			if got := requestCounts(t, s, *after(time.Duration(minutes) * time.Minute), 1); !slices.Equal(got, want) {
				t.Errorf("of minute %d there is %v", minutes, got)
			}
		}
	}},
	{"counts of requests change nothing that is read", func(t *testing.T, s commerce.Store) {
		its, _, everyones := grown(t, s, func(ctx context.Context, tx commerce.Tx) error {
			return tx.RequestCounts().Add(ctx, noon, []commerce.RequestCount{requestCount("orders", "customer-1", 7)})
		})
		if its || everyones {
			t.Errorf("a customer's grew: %t, everyone's: %t", its, everyones)
		}
	}},
}
