package sqlstore

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"provost/internal/commerce"
	"provost/internal/storetest"
)

// explained notes how SQLite goes about each statement that a store runs.
type explained struct {
	engine
	plans *plans
}

// plans are by the text of their statements; some promises are of writers side by
// side.
type plans struct {
	mu  sync.Mutex
	all map[string]string
}

func (e explained) begin(ctx context.Context, write bool, tries int, mistaken bool) (transaction, error) {
	in, err := e.engine.begin(ctx, write, tries, mistaken)
	return explaining{in, e.plans}, err
}

type explaining struct {
	transaction
	plans *plans
}

func (e explaining) exec(ctx context.Context, text string, args ...any) (int64, error) {
	e.explain(ctx, text, args)
	return e.transaction.exec(ctx, text, args...)
}

func (e explaining) query(ctx context.Context, text string, args ...any) (rows, error) {
	e.explain(ctx, text, args)
	return e.transaction.query(ctx, text, args...)
}

func (e explaining) explain(ctx context.Context, text string, args []any) {
	steps, err := e.transaction.query(ctx, "EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		return // the statement itself will say so
	}
	defer steps.Close()
	var plan []string
	for steps.Next() {
		var id, parent, unused int
		var step string
		if err := steps.Scan(&id, &parent, &unused, &step); err != nil {
			panic(err)
		}
		plan = append(plan, step)
	}
	e.plans.mu.Lock()
	defer e.plans.mu.Unlock()
	e.plans.all[text] = strings.Join(plan, "\n")
}

var valuesClause = regexp.MustCompile(`SCAN (\d+-ROW VALUES CLAUSE|CONSTANT ROW)`)

// Without a search in an index, a question takes longer the more rows there
// are; without an index in the order that is asked for, a page has to sort them
// all first.
func TestEveryQuestionIsAnsweredFromAnIndex(t *testing.T) {
	noted := &plans{all: map[string]string{}}
	storetest.Run(t, func(t *testing.T) commerce.Store {
		s, err := OpenSQLite(t.Context(), SQLite{Path: Migrated(t), Ephemeral: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		s.engine = explained{s.engine, noted}
		return s
	})
	plans := noted.all
	few := []string{"FROM worlds", "FROM operator_keys ORDER BY", "FROM partners WHERE world = $1 ORDER BY", "FROM partners WHERE world = $1 AND (kind, name, partner)"}
	for _, text := range slices.Sorted(maps.Keys(plans)) {
		if slices.ContainsFunc(few, func(part string) bool { return strings.Contains(strings.Join(strings.Fields(text), " "), part) }) {
			continue
		}
		// Sorting by the last term alone sorts the few rows that the others leave equal.
		plan := strings.ReplaceAll(plans[text], "USE TEMP B-TREE FOR LAST TERM OF ORDER BY", "")
		// The rows that a statement brings along are no table.
		plan = valuesClause.ReplaceAllString(plan, "")
		if strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s\n\nis answered by\n\n%s", text, plan)
		}
	}
	if len(plans) < 40 {
		t.Errorf("only %d statements were run", len(plans))
	}
}
