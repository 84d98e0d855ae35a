package commerce

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// TransferFormat is the version of the lines in which a world is written.
const TransferFormat = 1

// A world is written as lines of JSON, each an object with one member: its name
// is the line's kind, its value a row. Rows say nothing of their world, which
// the first line does. The kinds stand in an order in which every line names
// what stands before it alone, and the rows of a kind in that of [Rows].
const (
	worldLine    = "world"
	settingsLine = "settings"
	clockLine    = "clock"
)

// WorldHeader is a file's first line.
type WorldHeader struct {
	Format    int       `json:"format"`
	ID        string    `json:"id"`
	Name      string    `json:"name,omitempty"`
	Kind      WorldKind `json:"kind"`
	CreatedAt time.Time `json:"createdAt"` // world time
	// Now is what the world's clock said when the file was written.
	Now *time.Time `json:"now,omitempty"`
	// Tenants are the partners'.
	Tenants []string `json:"tenants,omitempty"`
	// Rows counts the lines of each kind; nil: nobody counted.
	Rows map[string]int64 `json:"rows,omitempty"`
}

// spelled is a length of time as people write it, such as 15m0s.
type spelled time.Duration

// MarshalText writes it.
func (s spelled) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText reads it.
func (s *spelled) UnmarshalText(text []byte) error {
	length, err := time.ParseDuration(string(text))
	*s = spelled(length)
	return err
}

// settingsRow is a world's settings as a line has them.
type settingsRow struct {
	WorldSettings
	RefreshInterval spelled `json:"refreshInterval"`
}

// clockRow is a world's clock as a line has it.
type clockRow struct {
	Offset   spelled    `json:"offset"`
	FrozenAt *time.Time `json:"frozenAt,omitempty"`
}

// lineKind is one kind of row: how it is read from a world, and entered.
type lineKind struct {
	word  string
	count func(ctx context.Context, tx Tx, world string) (int64, error)
	walk  func(ctx context.Context, tx Tx, world string, emit func(any) error) error
	enter func(ctx context.Context, i *importing, row []byte) error
}

func kindOf[T any](word string, rows func(tx Tx, world string) Rows[T], enter func(context.Context, *importing, T) error) lineKind {
	return lineKind{
		word:  word,
		count: func(ctx context.Context, tx Tx, world string) (int64, error) { return rows(tx, world).Count(ctx) },
		walk: func(ctx context.Context, tx Tx, world string, emit func(any) error) error {
			return walk(ctx, rows(tx, world), func(row T) error { return emit(row) })
		},
		enter: func(ctx context.Context, i *importing, text []byte) error {
			row, err := readRow[T](text)
			if err != nil {
				return err
			}
			return enter(ctx, i, row)
		},
	}
}

// lineKinds are the kinds of row, each after those that it names.
func lineKinds() []lineKind {
	return []lineKind{
		kindOf("partner", func(tx Tx, world string) Rows[Partner] { return tx.Partners().All(world) }, enterPartner),
		kindOf("account", func(tx Tx, world string) Rows[Account] { return tx.Accounts().All(world) }, enterAccount),
		kindOf("customer", func(tx Tx, world string) Rows[Customer] { return tx.Customers().All(world) }, enterCustomer),
		kindOf("relationship", func(tx Tx, world string) Rows[Relationship] { return tx.Relationships().All(world) }, enterRelationship),
		kindOf("agentRole", func(tx Tx, world string) Rows[AgentGrant] { return tx.Roles().AllAgentGrants(world) }, enterAgentGrant),
		kindOf("directoryRole", func(tx Tx, world string) Rows[DirectoryGrant] { return tx.Roles().AllDirectoryGrants(world) }, enterDirectoryGrant),
		kindOf("agreement", func(tx Tx, world string) Rows[Agreement] { return tx.Agreements().All(world) }, enterAgreement),
		kindOf("cart", func(tx Tx, world string) Rows[Cart] { return tx.Carts().All(world) }, enterCart),
		kindOf("order", func(tx Tx, world string) Rows[Order] { return tx.Orders().All(world) }, enterOrder),
		kindOf("subscription", func(tx Tx, world string) Rows[Subscription] { return tx.Subscriptions().All(world) }, enterSubscription),
		kindOf("change", func(tx Tx, world string) Rows[Change] { return tx.Changes().All(world) }, enterChange),
		kindOf("due", func(tx Tx, world string) Rows[Due] { return tx.Due().All(world) }, enterDue),
		kindOf("audit", func(tx Tx, world string) Rows[AuditEntry] { return tx.Audit().All(world) }, enterAudit),
		kindOf("event", func(tx Tx, world string) Rows[Event] { return tx.Events().All(world) }, enterEvent),
	}
}

// lineOf is a row as a line, with its end.
func lineOf(word string, row any) ([]byte, error) {
	var line bytes.Buffer
	fmt.Fprintf(&line, `{"%s":`, word)
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(row); err != nil {
		return nil, fmt.Errorf("write a line of %s: %w", word, err)
	}
	line.Truncate(line.Len() - len("\n"))
	line.WriteString("}\n")
	return line.Bytes(), nil
}

// nextDigest is the digest of all lines up to one, from that of those before
// it; that of none is "".
func nextDigest(before string, line []byte) string {
	sum := sha256.New()
	sum.Write([]byte(before))
	sum.Write(line)
	return hex.EncodeToString(sum.Sum(nil))
}
