package commerce

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"provost/partnercenter"
)

// Import is how far the import of a world has come.
type Import struct {
	World string `json:"world"`
	// Line is the last line that was entered, Digest that of the file up to it.
	Line   int64  `json:"line"`
	Digest string `json:"digest"`
	// Tenants stand in the place of those in the file, which are in lower case.
	Tenants map[string]string `json:"tenants,omitempty"`
	// Promised counts the rows of the file, if its first line does; Entered those
	// that are there.
	Promised map[string]int64 `json:"promised,omitempty"`
	Entered  map[string]int64 `json:"entered,omitempty"`
	// Awaited are subscriptions that are named as parents before they came, with
	// the line that named them.
	Awaited map[string]int64 `json:"awaited,omitempty"`
	// Unsettled are subscriptions whose provisioning waits for a change that has
	// not come yet, with the line that says so.
	Unsettled map[string]int64 `json:"unsettled,omitempty"`
}

// ImportTable keeps the imports under way. A world with one is
// [World.Importing].
type ImportTable interface {
	Put(ctx context.Context, i Import) error
	Of(ctx context.Context, world string) (Import, error)
	// Remove ends one; an absent one is ErrMissing.
	Remove(ctx context.Context, world string) error
}

// WorldSource says which part of a file is to be imported as what.
type WorldSource struct {
	// World names an import that goes on; empty: the first line does, or As.
	World string
	// As is the id that the world is to have; empty: that of the file.
	As string
	// Tenants stand in the place of those in the file.
	Tenants map[string]string
	// Line is the number of the first line that comes (0: the file's first), and
	// Digest that of the lines before it.
	Line   int64
	Digest string
	// More lines follow elsewhere; else the last line that comes is the file's.
	More bool
	// SecretHash is how a development world's accounts prove themselves from now
	// on, since a file holds no secrets; empty: they cannot sign in.
	SecretHash string
}

// ImportProgress is how far an import has come.
type ImportProgress struct {
	World, Digest string
	Line          int64
	// Promised and Entered count rows by kind; Promised is nil where the file does
	// not say.
	Promised, Entered map[string]int64
	// Done: the world is whole.
	Done bool
}

// What a line, and a transaction's lines together, may be at most.
const (
	maxLine     = 4 << 20
	importBatch = 500
	importBytes = 1 << 20
)

// ImportWorld enters lines of a file into a new world, some hundred to a
// transaction. The world answers nothing until the last of them is there. Lines
// that were entered before are passed over, so that the same file goes on where
// it broke off; another is refused. A refusal names the line, and leaves what
// was entered before its batch.
func (s *Service) ImportWorld(ctx context.Context, by Operator, from WorldSource, lines io.Reader) (ImportProgress, error) {
	from.Line = max(from.Line, 1)
	i := &incoming{service: s, WorldSource: from}
	reader := bufio.NewReaderSize(lines, 64<<10)
	for {
		batch, end, err := readLines(reader, i.Line)
		if err != nil {
			return ImportProgress{}, err
		}
		progress, err := i.enter(ctx, by, batch, end && !from.More)
		if err != nil {
			return ImportProgress{}, fmt.Errorf("import a world: %w", err)
		}
		if end {
			s.Wake()
			return progress, nil
		}
	}
}

// readLines reads the next lines, without their ends.
func readLines(from *bufio.Reader, number int64) (batch [][]byte, end bool, err error) {
	size := 0
	for len(batch) < importBatch && size < importBytes {
		var line []byte
		for {
			part, err := from.ReadSlice('\n')
			line = append(line, part...)
			if len(line) > maxLine {
				return nil, false, wrongLine(number+int64(len(batch)), "it is longer than %d bytes", maxLine)
			}
			if errors.Is(err, bufio.ErrBufferFull) {
				continue
			}
			if errors.Is(err, io.EOF) {
				end = true
			} else if err != nil {
				return nil, false, Refuse(partnercenter.ErrInput.About("body"), "the lines broke off: %v; send the same file again to go on", err)
			}
			break
		}
		if end && len(line) == 0 {
			return batch, true, nil
		}
		batch = append(batch, bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")))
		size += len(line)
		if end {
			break
		}
	}
	return batch, end, nil
}

// wrongLine refuses a line.
func wrongLine(number int64, why string, args ...any) error {
	return Refuse(partnercenter.ErrInput.About(fmt.Sprintf("line %d", number)), "line %d: "+why, append([]any{number}, args...)...)
}

// incoming is a part of a file as it comes; Line and Digest move along.
type incoming struct {
	service *Service
	WorldSource
}

// enter does one batch, and ends the import with the last.
func (c *incoming) enter(ctx context.Context, by Operator, batch [][]byte, last bool) (progress ImportProgress, err error) {
	next := *c
	err = c.service.act(ctx, by, func(tx Tx, act *OperatorAct) error {
		next = *c
		i, rest, err := next.open(ctx, tx, act, batch)
		if err != nil {
			return err
		}
		for _, line := range rest {
			if err := next.enterLine(ctx, i, line); err != nil {
				return err
			}
		}
		if last {
			return i.finish(ctx, c.service, next.Line-1, act, &progress)
		}
		progress = i.progress()
		if next.Line <= i.Line {
			return nil // all of it had been entered before
		}
		return tx.Imports().Put(ctx, i.Import)
	})
	if err == nil {
		*c = next
		c.World = progress.World
	}
	return progress, err
}

// open finds the import that lines belong to, or begins it with the first.
func (c *incoming) open(ctx context.Context, tx Tx, act *OperatorAct, batch [][]byte) (*importing, [][]byte, error) {
	i := &importing{Tx: tx, known: map[string]bool{}, secretHash: c.SecretHash}
	var header WorldHeader
	id := c.World
	if id == "" {
		var err error
		if header, err = c.header(batch); err != nil {
			return nil, nil, err
		}
		id = header.ID
		if c.As != "" {
			id = c.As
		}
	}
	kept, err := tx.Imports().Of(ctx, id)
	switch {
	case err == nil:
		i.Import = kept
		for _, counted := range []*map[string]int64{&i.Entered, &i.Awaited, &i.Unsettled} {
			if *counted == nil {
				*counted = map[string]int64{}
			}
		}
		if i.world, err = tx.Worlds().ByID(ctx, id); err != nil {
			return nil, nil, fmt.Errorf("read world %s: %w", id, err)
		}
		return i, batch, nil
	case !errors.Is(err, ErrMissing):
		return nil, nil, fmt.Errorf("find the import of world %s: %w", id, err)
	case c.World != "" || c.Line != 1:
		return nil, nil, Refuse(partnercenter.ErrNoSuch.About("world"), "no import of world %s is under way: begin with the file's first line", id)
	}
	if err := i.begin(ctx, header, id, c.WorldSource); err != nil {
		return nil, nil, err
	}
	c.Digest, c.Line = nextDigest("", batch[0]), 2
	i.Line, i.Digest = 1, c.Digest
	act.is("begin to import world", id, id, nil, Words{"from": header.ID, "kind": string(header.Kind)})
	return i, batch[1:], nil
}

// header reads a file's first line.
func (c *incoming) header(batch [][]byte) (h WorldHeader, err error) {
	if c.Line != 1 || len(batch) == 0 {
		return h, Refuse(partnercenter.ErrInput.About("world"), "lines from %d on belong to an import that is named by world=ID", c.Line)
	}
	word, text, err := splitLine(batch[0])
	if err == nil && word != worldLine {
		err = fmt.Errorf(`a file begins with a line {"world":{…}}, as provost world export writes it; this one is of %s`, word)
	}
	if err == nil {
		h, err = readRow[WorldHeader](text)
	}
	if err == nil && h.Format != TransferFormat {
		err = fmt.Errorf("the file is of format %d, and this server reads format %d: use the Provost that wrote it or a later one", h.Format, TransferFormat)
	}
	if err != nil {
		return h, wrongLine(1, "%v", err)
	}
	return h, nil
}

// enterLine enters the next line, unless it was entered before.
func (c *incoming) enterLine(ctx context.Context, i *importing, line []byte) error {
	number, before := c.Line, c.Digest
	c.Line, c.Digest = number+1, nextDigest(before, line)
	another := func() error {
		return Refuse(partnercenter.ErrConflict.About(fmt.Sprintf("line %d", number)),
			"world %s is being imported from another file, up to its line %d: send that one, or drop what is there and begin anew: provost world import --drop %s",
			i.world.ID, i.Line, i.world.ID)
	}
	switch {
	case number < i.Line:
		return nil
	case number == i.Line:
		if c.Digest != i.Digest {
			return another()
		}
		return nil
	case number > i.Line+1:
		return Refuse(partnercenter.ErrConflict.About("line"), "world %s is imported up to line %d: line %d is next, not %d", i.world.ID, i.Line, i.Line+1, number)
	case before != i.Digest:
		return another()
	}
	i.Line, i.Digest = number, c.Digest
	if err := i.line(ctx, line); err != nil {
		var refused *Refusal
		var wrong *rowError
		switch {
		case errors.As(err, &refused):
			return &Refusal{refused.Reason, fmt.Sprintf("line %d: %s", number, refused.Cure)}
		case errors.As(err, &wrong):
			return wrongLine(number, "%v", err)
		}
		return fmt.Errorf("enter line %d: %w", number, err)
	}
	return nil
}

// splitLine gives a line's kind and its row.
func splitLine(line []byte) (word string, row []byte, err error) {
	if !utf8.Valid(line) {
		return "", nil, wrongRow("it is not UTF-8")
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(line, &members); err != nil {
		return "", nil, wrongRow("it is no JSON object: %v", err)
	}
	if len(members) != 1 {
		return "", nil, wrongRow(`a line is an object with one member, its kind, such as {"customer":{…}}; this one has %d`, len(members))
	}
	for word, text := range members {
		return word, text, nil
	}
	panic("a map of one is empty")
}

// readRow reads a row strictly: a slip in a name must not pass for a default.
func readRow[T any](text []byte) (row T, err error) { return row, readInto(text, &row) }

func readInto[T any](text []byte, row *T) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(row); err != nil {
		return wrongRow("%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// rowError is why a line cannot be entered.
type rowError struct{ text string }

func (e *rowError) Error() string { return e.text }

func wrongRow(why string, args ...any) error { return &rowError{fmt.Sprintf(why, args...)} }

// importing is an import within one transaction.
type importing struct {
	Tx
	Import
	world World
	// known are rows that were found to be there.
	known map[string]bool
	// secretHash is that of the world's source.
	secretHash string
}

func (i *importing) progress() ImportProgress {
	return ImportProgress{World: i.world.ID, Line: i.Line, Digest: i.Digest, Promised: i.Promised, Entered: maps.Clone(i.Entered)}
}

// begin makes the world that the rows are to be in.
func (i *importing) begin(ctx context.Context, h WorldHeader, id string, from WorldSource) error {
	switch {
	case !worldName.MatchString(id) || slices.Contains(reservedNames, id):
		return wrongLine(1, "a world's id is up to 63 lower-case letters, digits and -; %q is not: name another with --as ID", id)
	case h.Kind != Production && h.Kind != Development:
		return wrongLine(1, "a world's kind is production or development; %q is neither", h.Kind)
	}
	if _, err := i.Worlds().ByID(ctx, id); err == nil {
		return Refuse(partnercenter.ErrConflict.About("id"), "line 1: there is a world %s already: import it under another id: --as ID", id)
	} else if !errors.Is(err, ErrMissing) {
		return fmt.Errorf("find world %s: %w", id, err)
	}
	i.Import = Import{World: id, Tenants: map[string]string{}, Promised: h.Rows, Entered: map[string]int64{}, Awaited: map[string]int64{}, Unsettled: map[string]int64{}}
	for old, new := range from.Tenants {
		if !isTenant(old) || !isTenant(new) {
			return Refuse(partnercenter.ErrInput.About("tenant"), "--tenant OLD=NEW names tenants by their GUIDs; %s=%s does not", old, new)
		}
		i.Tenants[folded(old)] = new
	}
	for _, tenant := range h.Tenants {
		if err := i.freeTenant(ctx, i.tenant(tenant)); err != nil {
			var refused *Refusal
			if errors.As(err, &refused) {
				return &Refusal{refused.Reason, "line 1: " + refused.Cure}
			}
			return err
		}
	}
	i.world = World{ID: id, Name: h.Name, Kind: h.Kind, CreatedAt: h.CreatedAt.UTC(), Settings: DefaultSettings(), Importing: true}
	if i.world.Name == "" || i.world.Name == h.ID {
		i.world.Name = id
	}
	if err := i.Worlds().Insert(ctx, i.world); err != nil {
		return fmt.Errorf("insert world %s: %w", id, err)
	}
	return i.Imports().Put(ctx, i.Import)
}

// tenant is what stands in the place of one in the file.
func (i *importing) tenant(old string) string {
	if new, ok := i.Tenants[folded(old)]; ok {
		return new
	}
	return old
}

func (i *importing) freeTenant(ctx context.Context, tenant string) error {
	owner, err := i.Partners().ByTenant(ctx, tenant)
	if errors.Is(err, ErrMissing) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find partner of tenant %s: %w", tenant, err)
	}
	return Refuse(partnercenter.ErrConflict.About("tenant"), "tenant %s is that of %s in world %s, and a server knows each tenant once: put another in its place: --tenant %s=NEW",
		tenant, owner.Name, owner.World, tenant)
}

// line enters a line.
func (i *importing) line(ctx context.Context, line []byte) error {
	if len(bytes.TrimSpace(line)) == 0 {
		return nil
	}
	word, text, err := splitLine(line)
	if err != nil {
		return err
	}
	switch word {
	case worldLine:
		return wrongRow("the world is the first line's")
	case settingsLine:
		return i.settings(ctx, text)
	case clockLine:
		return i.clock(ctx, text)
	}
	kinds := lineKinds()
	at := slices.IndexFunc(kinds, func(k lineKind) bool { return k.word == word })
	if at < 0 {
		words := []string{settingsLine, clockLine}
		for _, k := range kinds {
			words = append(words, k.word)
		}
		return wrongRow("there is no kind of line %q; there are: %s", word, strings.Join(words, ", "))
	}
	i.Entered[word]++
	err = kinds[at].enter(ctx, i, text)
	if errors.Is(err, ErrTaken) {
		return wrongRow("a line before it has the same key: each %s stands once", word)
	}
	return err
}

// finish makes the world answer, if it is whole.
func (i *importing) finish(ctx context.Context, s *Service, line int64, act *OperatorAct, progress *ImportProgress) error {
	if line < i.Line {
		return Refuse(partnercenter.ErrConflict.About("line"), "world %s is imported up to line %d of a file, and this one ends at line %d: it is another, or was cut off", i.world.ID, i.Line, line)
	}
	for _, kind := range slices.Sorted(maps.Keys(i.Promised)) {
		if i.Promised[kind] != i.Entered[kind] {
			return wrongLine(line, "the file ends here with %d lines of %s, and its first line promises %d: it was cut off or changed", i.Entered[kind], kind, i.Promised[kind])
		}
	}
	for parent, line := range i.Awaited {
		return wrongLine(line, "the file has no subscription %s, which is named as a parent", parent)
	}
	for subscription, line := range i.Unsettled {
		return wrongLine(line, "the provisioning of subscription %s is unsettled, and the file has no change of it that is on its way: it would stay so for good", subscription)
	}
	partners, err := i.Partners().List(ctx, i.world.ID)
	if err != nil {
		return fmt.Errorf("list partners: %w", err)
	}
	if len(partners) == 0 || partners[0].Kind != Provider {
		return wrongLine(line, "the file ends here without a partner of kind provider, and a world is one provider's")
	}
	if err := i.Imports().Remove(ctx, i.world.ID); err != nil {
		return err
	}
	if err := s.takeUpOutside(ctx, i.Tx, i.world); err != nil {
		return err
	}
	after := wordsOf(i.Entered)
	after["kind"], after["tenant"] = string(i.world.Kind), partners[0].Tenant
	act.is("import world", i.world.ID, i.world.ID, nil, after)
	*progress = i.progress()
	progress.Done = true
	return nil
}

// takeUpOutside has the outside systems that carry unsettled changes out asked
// again, from the world's new place.
func (s *Service) takeUpOutside(ctx context.Context, tx Tx, world World) error {
	waiting, err := tx.Changes().Outside(ctx, world.ID)
	if err != nil {
		return fmt.Errorf("list changes outside: %w", err)
	}
	for _, c := range waiting {
		if !slices.Contains(s.Provisioners, c.Provisioner) {
			return Refuse(partnercenter.ErrConflict.About("provisioner", c.Provisioner),
				"change %s is carried out by the provisioner %s, which this server's configuration does not describe: add it under provisioners, start the server anew and send the same file again",
				c.ID, c.Provisioner)
		}
	}
	return EnqueueOutside(ctx, tx, world.ID)
}

// DropImport removes a world whose import is under way.
func (s *Service) DropImport(ctx context.Context, by Operator, world string) error {
	err := s.act(ctx, by, func(tx Tx, act *OperatorAct) error {
		kept, err := tx.Imports().Of(ctx, world)
		if errors.Is(err, ErrMissing) {
			return Refuse(partnercenter.ErrNoSuch.About("world"), "no import of world %s is under way", world)
		}
		if err != nil {
			return err
		}
		act.is("drop import", kept.World, kept.World, wordsOf(kept.Entered), nil)
		return tx.Worlds().Remove(ctx, kept.World)
	})
	if err != nil {
		return fmt.Errorf("drop the import of world %s: %w", world, err)
	}
	return nil
}
