package storetest

import (
	"context"
	"testing"
	"time"

	"provost/internal/commerce"
)

func acts(t *testing.T, s commerce.Store, world string, before int64, limit int) []commerce.OperatorAct {
	t.Helper()
	return read(t, s, func(ctx context.Context, tx commerce.Tx) ([]commerce.OperatorAct, error) {
		return tx.OperatorLog().Page(ctx, world, before, limit)
	})
}

func appended(t *testing.T, s commerce.Store, all ...commerce.OperatorAct) {
	t.Helper()
	write(t, s, func(ctx context.Context, tx commerce.Tx) error {
		for _, a := range all {
			if err := tx.OperatorLog().Append(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

var operatorLogPromises = []promise{
	{"the operator log comes backwards, page by page, of one world or of all", func(t *testing.T, s commerce.Store) {
		first := commerce.OperatorAct{At: noon, By: "Ann", What: "create world", World: "World-1", Subject: "World-1", After: commerce.Words{"kind": "production"}}
		second := commerce.OperatorAct{At: noon, By: "Ann", What: "create operator key", Subject: "ci"}
		third := commerce.OperatorAct{At: *after(time.Hour), By: "ci", What: "set world", World: "World-1", Subject: "World-1",
			Before: commerce.Words{"mfa": "off"}, After: commerce.Words{"mfa": "enforce"}}
		appended(t, s, first, second, third)
		all := acts(t, s, "", 0, 10)
		if len(all) != 3 || all[0].ID <= all[1].ID || all[1].ID <= all[2].ID {
			t.Fatalf("there are %+v", all)
		}
		first.ID, second.ID, third.ID = all[2].ID, all[1].ID, all[0].ID
		same(t, "all", all, []commerce.OperatorAct{third, second, first})
		same(t, "a page", acts(t, s, "", 0, 2), []commerce.OperatorAct{third, second})
		same(t, "the next", acts(t, s, "", second.ID, 2), []commerce.OperatorAct{first})
		same(t, "a world's", acts(t, s, "WORLD-1", 0, 10), []commerce.OperatorAct{third, first})
		same(t, "its next", acts(t, s, "WORLD-1", third.ID, 10), []commerce.OperatorAct{first})
		same(t, "another's", len(acts(t, s, "World-2", 0, 10)), 0)
	}},
}
