package disk

import (
	"math/rand/v2"
	"slices"
)

// Fate says what became of what was not synced when the power failed.
type Fate struct {
	Kept, Torn, Dropped int
	// Names counts the namings that were lost, of Namings.
	Names, Namings int
}

// Add counts another's with it.
func (f *Fate) Add(other Fate) {
	f.Kept += other.Kept
	f.Torn += other.Torn
	f.Dropped += other.Dropped
	f.Names += other.Names
	f.Namings += other.Namings
}

// After is the disk that is found when the power is back. What was synced is on it.
// Of what was not, chance decides: a file's writes can all be gone, or all after some
// point, or each for itself be there, be gone, or be torn between sectors. Names are
// lost as a journal would lose them, all after some point, or each for itself.
func (d *Disk) After(chance *rand.Rand) (*Disk, Fate, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.dark:
	default:
		return nil, Fate{}, ErrLit
	}
	var fate Fate
	after := New(d.syncTime)
	after.last = d.last
	for id := Root; id <= d.last; id++ { // in order, so that a seed says it all
		if n := d.nodes[id]; n != nil {
			after.nodes[id] = n.after(chance, &fate)
		}
	}
	return after, fate, nil
}

func (n *node) after(chance *rand.Rand, fate *Fate) *node {
	found := &node{mode: n.mode, changed: n.changed}
	if n.names != nil {
		found.safeNames = n.namesAfter(chance, fate)
		found.names = map[string]ID{}
		apply(found.names, found.safeNames)
		return found
	}
	found.safe = n.contentAfter(chance, fate)
	found.content = slices.Clone(found.safe)
	return found
}

func (n *node) namesAfter(chance *rand.Rand, fate *Fate) map[string]ID {
	found := map[string]ID{}
	apply(found, n.safeNames)
	journal := chance.IntN(2) == 0
	until := chance.IntN(len(n.namings) + 1)
	for i, naming := range n.namings {
		fate.Namings++
		if kept := i < until; journal && !kept || !journal && chance.IntN(2) == 0 {
			fate.Names++
			continue
		}
		apply(found, naming.names)
	}
	return found
}

func (n *node) contentAfter(chance *rand.Rand, fate *Fate) []byte {
	found := slices.Clone(n.safe)
	mood, until := chance.IntN(4), chance.IntN(len(n.changes)+1)
	for i, c := range n.changes {
		var lot int
		switch {
		case mood == 0, mood == 1 && i > until:
			lot = dropped
		case mood == 1 && i < until:
			lot = kept
		default:
			lot = chance.IntN(3)
		}
		if c.resize && lot == torn { // there is nothing between two sizes
			lot = dropped
		}
		switch lot {
		case kept:
			fate.Kept++
			found = c.apply(found)
		case torn:
			fate.Torn++
			found = c.tear(chance, found)
		default:
			fate.Dropped++
			found = c.lengthen(chance, found)
		}
	}
	return found
}

const (
	dropped = iota
	kept
	torn
)

// tear has only some of a write's sectors reach the disk.
func (c change) tear(chance *rand.Rand, content []byte) []byte {
	sector := int64(512)
	if chance.IntN(2) == 0 {
		sector = 4096
	}
	content = c.lengthen(chance, content)
	end := c.at + int64(len(c.data))
	for from := c.at; from < end; {
		to := min((from/sector+1)*sector, end)
		if chance.IntN(2) == 0 {
			part := change{at: from, data: c.data[from-c.at : to-c.at]}
			content = part.apply(content)
		}
		from = to
	}
	return content
}

// lengthen has, at times, the size be known to the disk and the bytes not: they
// are zeros then.
func (c change) lengthen(chance *rand.Rand, content []byte) []byte {
	if end := c.at + int64(len(c.data)); !c.resize && end > int64(len(content)) && chance.IntN(4) == 0 {
		return resize(content, end)
	}
	return content
}
