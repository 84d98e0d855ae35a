package sqlstore

import (
	"context"

	"provost/internal/commerce"
)

type events struct{ *tx }

const selectEvents = `SELECT COALESCE(world_cased, world), event_id, at, real_at, kind, record FROM events `

func (t events) Insert(ctx context.Context, e commerce.Event) error {
	return t.InsertAll(ctx, []commerce.Event{e})
}

func (t events) InsertAll(ctx context.Context, all []commerce.Event) error {
	return insertMany(ctx, t.tx, "insert events",
		`INSERT INTO events (world, world_cased, event_id, at, real_at, kind, customer, subscription, record)`, ` ON CONFLICT DO NOTHING`, 9,
		all, func(e *commerce.Event) []any {
			return []any{
				fold(e.World), cased(e.World), e.ID, instant{e.At}, instant{e.RealAt}, string(e.Kind),
				fold(e.Customer), fold(e.Subscription), document[commerce.EventRecord]{&e.EventRecord},
			}
		})
}

func (t events) List(ctx context.Context, q commerce.EventQuery) ([]commerce.Event, error) {
	return collect(ctx, t.tx, "list events", readEvent,
		selectEvents+`WHERE world = $1 AND event_id > $2 AND ($3 = '' OR customer = $3) AND ($4 = '' OR subscription = $4)
		ORDER BY event_id LIMIT $5`,
		fold(q.World), q.After, fold(q.Customer), fold(q.Subscription), q.Limit)
}

func readEvent(row rows) (commerce.Event, error) {
	var (
		e        commerce.Event
		at, real instant
	)
	err := row.Scan(&e.World, &e.ID, &at, &real, &e.Kind, document[commerce.EventRecord]{&e.EventRecord})
	e.At, e.RealAt = at.Time, real.Time
	return e, err
}
