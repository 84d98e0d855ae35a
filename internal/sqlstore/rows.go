package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"provost/internal/commerce"
)

// listing is how the rows of one noun are walked through, world by world.
type listing[T any] struct {
	table string
	// selection is the columns that read reads; what follows FROM is left out.
	selection string
	// key names the columns by which a row has its place in its world.
	key  []string
	read func(row rows) (T, error)
}

// all are a world's rows of one noun: a [commerce.Rows].
type all[T any] struct {
	*tx
	listing[T]
	world string
}

func (a all[T]) Count(ctx context.Context) (int64, error) {
	return one(ctx, a.tx, "count "+a.table, value[int64], "SELECT count(*) FROM "+a.table+" WHERE world = $1", fold(a.world))
}

func (a all[T]) Page(ctx context.Context, after commerce.Place, limit int) ([]T, commerce.Place, error) {
	columns, _, _ := strings.Cut(strings.TrimPrefix(a.selection, "SELECT "), "FROM ")
	key := strings.Join(a.key, ", ")
	beyond, args := a.beyond(after)
	args = append(args, limit)
	var place commerce.Place
	page, err := collect(ctx, a.tx, "walk through "+a.table, func(row rows) (T, error) {
		place = make(commerce.Place, len(a.key))
		return a.read(keyed{row, place})
	}, fmt.Sprintf("SELECT %s, %s FROM %s WHERE world = $1%s ORDER BY %s LIMIT $%d", key, columns, a.table, beyond, key, len(args)), args...)
	return page, place, err
}

// beyond is the condition that rows come after a place.
func (a all[T]) beyond(after commerce.Place) (string, []any) {
	args := []any{fold(a.world)}
	if after == nil {
		return "", args
	}
	var marks []string
	for _, value := range after {
		args = append(args, value)
		marks = append(marks, fmt.Sprintf("$%d", len(args)))
	}
	return fmt.Sprintf(" AND (%s) > (%s)", strings.Join(a.key, ", "), strings.Join(marks, ", ")), args
}

// keyed is a row whose key stands before what is asked for.
type keyed struct {
	rows
	key []any
}

func (k keyed) Scan(into ...any) error {
	both := make([]any, 0, len(k.key)+len(into))
	for i := range k.key {
		both = append(both, &k.key[i])
	}
	return k.rows.Scan(append(both, into...)...)
}

func (t partners) All(world string) commerce.Rows[commerce.Partner] {
	return all[commerce.Partner]{t.tx, listing[commerce.Partner]{"partners", selectPartners, []string{"kind", "name", "partner"}, readPartner}, world}
}

func (t accounts) All(world string) commerce.Rows[commerce.Account] {
	return all[commerce.Account]{t.tx, listing[commerce.Account]{"accounts", selectAccounts, []string{"place", "partner", "account"}, readAccount}, world}
}

func (t customers) All(world string) commerce.Rows[commerce.Customer] {
	return all[commerce.Customer]{t.tx, listing[commerce.Customer]{"customers c", selectCustomers, []string{"customer"}, readCustomer}, world}
}

func (t relationships) All(world string) commerce.Rows[commerce.Relationship] {
	return all[commerce.Relationship]{t.tx,
		listing[commerce.Relationship]{"relationships", selectRelationships, []string{"partner", "customer", "kind"}, readRelationship}, world}
}

func (t roles) AllAgentGrants(world string) commerce.Rows[commerce.AgentGrant] {
	return all[commerce.AgentGrant]{t.tx,
		listing[commerce.AgentGrant]{"agent_grants", selectAgentGrants, []string{"partner", "kind", "principal", "role"}, readAgentGrant}, world}
}

func (t roles) AllDirectoryGrants(world string) commerce.Rows[commerce.DirectoryGrant] {
	return all[commerce.DirectoryGrant]{t.tx, listing[commerce.DirectoryGrant]{"directory_grants", selectDirectoryGrants,
		[]string{"partner", "kind", "principal", "customer", "role"}, readDirectoryGrant}, world}
}

func (t orders) All(world string) commerce.Rows[commerce.Order] {
	return all[commerce.Order]{t.tx, listing[commerce.Order]{"orders", selectOrders, []string{"customer", "created_at", "order_id"}, readOrder}, world}
}

func (t subscriptions) All(world string) commerce.Rows[commerce.Subscription] {
	return all[commerce.Subscription]{t.tx,
		listing[commerce.Subscription]{"subscriptions", selectSubscriptions, []string{"customer", "created_at", "subscription"}, readSubscription}, world}
}

func (t agreements) All(world string) commerce.Rows[commerce.Agreement] {
	return all[commerce.Agreement]{t.tx, listing[commerce.Agreement]{"agreements", selectAgreements, []string{"customer", "number"}, readAgreement}, world}
}

func (t carts) All(world string) commerce.Rows[commerce.Cart] {
	return all[commerce.Cart]{t.tx, listing[commerce.Cart]{"carts", selectCarts, []string{"customer", "created_at", "cart_id"}, readCart}, world}
}

func (t due) All(world string) commerce.Rows[commerce.Due] {
	return all[commerce.Due]{t.tx, listing[commerce.Due]{"due", selectDue, []string{"at", "id"}, readDue}, world}
}

func (t events) All(world string) commerce.Rows[commerce.Event] {
	return all[commerce.Event]{t.tx, listing[commerce.Event]{"events", selectEvents, []string{"event_id"}, readEvent}, world}
}

func (t audit) All(world string) commerce.Rows[commerce.AuditEntry] {
	return all[commerce.AuditEntry]{t.tx, listing[commerce.AuditEntry]{"audit", selectAudit, []string{"partner", "at", "record_id"}, readAudit}, world}
}

func (t changes) All(world string) commerce.Rows[commerce.Change] {
	return all[commerce.Change]{t.tx, listing[commerce.Change]{"changes", selectChanges, []string{"change_id"}, readChange}, world}
}
