package commerce

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
)

// exportsAtOnce are how many worlds are written side by side. Each holds a
// connection to the store for as long as its reader takes, and whoever else asks
// needs some as well.
const exportsAtOnce = 2

// room is for a few at once.
type room struct {
	once sync.Once
	held chan struct{}
}

// take waits until there is some, which end gives back.
func (t *room) take(ctx context.Context, atOnce int) (end func(), err error) {
	t.once.Do(func() { t.held = make(chan struct{}, atOnce) })
	select {
	case t.held <- struct{}{}:
		return func() { <-t.held }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ExportWorld writes a world, and everything in it but keys, tokens and secrets,
// as lines of JSON. What it writes is one snapshot. The act is logged before the
// first line.
func (s *Service) ExportWorld(ctx context.Context, by Operator, named string, into io.Writer) error {
	end, err := s.exporting.take(ctx, exportsAtOnce)
	if err != nil {
		return fmt.Errorf("wait until other exports of worlds are done: %w", err)
	}
	defer end()
	var world World
	err = s.act(ctx, by, func(tx Tx, act *OperatorAct) (err error) {
		world, err = worldNamed(ctx, tx, named)
		act.is("export world", world.ID, world.ID, nil, nil)
		return err
	})
	if err != nil {
		return fmt.Errorf("export world %s: %w", named, err)
	}
	err = s.inWorld(ctx, world.ID, func(tx Tx, m Moment) error { return exportWorld(ctx, tx, m, into) })
	if err != nil {
		return fmt.Errorf("export world %s: %w", world.ID, err)
	}
	return nil
}

func exportWorld(ctx context.Context, tx Tx, m Moment, into io.Writer) error {
	emit := func(word string, row any) error {
		line, err := lineOf(word, row)
		if err != nil {
			return err
		}
		_, err = into.Write(line)
		return err
	}
	header, err := headerOf(ctx, tx, m)
	if err != nil {
		return err
	}
	w := m.World
	if err := errors.Join(
		emit(worldLine, header),
		emit(settingsLine, settingsRow{w.Settings, spelled(w.Settings.RefreshInterval)}),
		emit(clockLine, clockRow{spelled(w.Clock.Offset), w.Clock.FrozenAt}),
	); err != nil {
		return err
	}
	for _, kind := range lineKinds() {
		err := kind.walk(ctx, tx, w.ID, func(row any) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return emit(kind.word, row)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func headerOf(ctx context.Context, tx Tx, m Moment) (WorldHeader, error) {
	w := m.World
	header := WorldHeader{
		Format: TransferFormat, ID: w.ID, Name: w.Name, Kind: w.Kind, CreatedAt: w.CreatedAt, Now: &m.Now, Rows: map[string]int64{},
	}
	for _, kind := range lineKinds() {
		count, err := kind.count(ctx, tx, w.ID)
		if err != nil {
			return header, err
		}
		header.Rows[kind.word] = count
	}
	err := walk(ctx, tx.Partners().All(w.ID), func(p Partner) error {
		header.Tenants = append(header.Tenants, p.Tenant)
		return nil
	})
	return header, err
}

// wordsOf are counts as the operator's log has them.
func wordsOf(rows map[string]int64) Words {
	words := Words{}
	for kind, count := range rows {
		words[kind] = strconv.FormatInt(count, 10)
	}
	return words
}
