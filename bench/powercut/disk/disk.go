// Package disk is a disk in memory that knows what of it was synced: per file
// and per directory, what survives a power cut for certain, and in order what has
// been asked of it since. It takes only what POSIX promises for granted: syncing a
// file keeps its content, not its name; syncing a directory keeps its names.
//
// It has never heard of FUSE, nor of SQLite.
package disk

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"syscall"
	"time"
)

// ID names a file or a directory, whatever its name is.
type ID uint64

// Root is the directory that all names begin in.
const Root ID = 1

// Disk is what processes see of a disk, and beneath it what is safe.
type Disk struct {
	// syncTime is how long a sync takes; what is written meanwhile is not part of it.
	syncTime time.Duration

	mu    sync.Mutex
	nodes map[ID]*node
	last  ID
	// step numbers what changes the disk, and its syncs.
	step int
	// cutAt is the step that no longer happens; 0 for none.
	cutAt int
	dark  chan struct{}
	let   chan struct{}
	once  sync.Once
}

type node struct {
	mode    fs.FileMode
	changed time.Time

	// A file's content as processes see it, what of it is safe, and what has been
	// done since.
	content, safe []byte
	changes       []change

	// The same of a directory; nil for a file.
	names, safeNames map[string]ID
	namings          []naming
}

// change is a write, or sets the size.
type change struct {
	step   int
	at     int64
	data   []byte
	resize bool
}

// naming gives names, or takes them with ID 0; all at once, as a renaming does.
type naming struct {
	step  int
	names map[string]ID
}

// New is an empty disk whose syncs take so long.
func New(syncTime time.Duration) *Disk {
	d := &Disk{syncTime: syncTime, nodes: map[ID]*node{}, last: Root, dark: make(chan struct{}), let: make(chan struct{})}
	d.nodes[Root] = newDirectory(fs.ModeDir | 0o755)
	return d
}

func newDirectory(mode fs.FileMode) *node {
	return &node{mode: mode, changed: time.Now(), names: map[string]ID{}, safeNames: map[string]ID{}}
}

// CutAt has the power fail in place of the step that so many come before.
func (d *Disk) CutAt(steps int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cutAt = d.step + steps + 1
}

// Cut has the power fail now: nothing changes the disk any more, nor is synced.
func (d *Disk) Cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail()
}

func (d *Disk) fail() {
	select {
	case <-d.dark:
	default:
		close(d.dark)
	}
}

// Dark is closed when the power has failed.
func (d *Disk) Dark() <-chan struct{} { return d.dark }

// Release ends, with an error, the calls that came after the power had failed.
// Until then they hang: whoever made them is to be killed before it learns more.
func (d *Disk) Release() { d.once.Do(func() { close(d.let) }) }

// Steps is how many changes and syncs there were.
func (d *Disk) Steps() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.step
}

// do runs what changes the disk or is a sync, while there is power.
func (d *Disk) do(what func(step int) error) error {
	d.mu.Lock()
	if d.cutAt == d.step+1 {
		d.fail()
	}
	select {
	case <-d.dark:
		d.mu.Unlock()
		<-d.let
		return syscall.EIO
	default:
	}
	defer d.mu.Unlock()
	d.step++
	return what(d.step)
}

// Info is what is to be known about a file or a directory.
type Info struct {
	ID      ID
	Mode    fs.FileMode
	Size    int64
	Changed time.Time
}

func (d *Disk) info(id ID) (Info, error) {
	n := d.nodes[id]
	if n == nil {
		return Info{}, syscall.ENOENT
	}
	return Info{ID: id, Mode: n.mode, Size: int64(len(n.content)), Changed: n.changed}, nil
}

// Stat describes a file or a directory.
func (d *Disk) Stat(id ID) (Info, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.info(id)
}

func (d *Disk) directory(id ID) (*node, error) {
	switch n := d.nodes[id]; {
	case n == nil:
		return nil, syscall.ENOENT
	case n.names == nil:
		return nil, syscall.ENOTDIR
	default:
		return n, nil
	}
}

func (d *Disk) file(id ID) (*node, error) {
	switch n := d.nodes[id]; {
	case n == nil:
		return nil, syscall.ENOENT
	case n.names != nil:
		return nil, syscall.EISDIR
	default:
		return n, nil
	}
}

// Find gives what has a name in a directory.
func (d *Disk) Find(in ID, name string) (Info, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	dir, err := d.directory(in)
	if err != nil {
		return Info{}, err
	}
	return d.info(dir.names[name])
}

// Names are those of a directory, sorted.
func (d *Disk) Names(in ID) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	dir, err := d.directory(in)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(dir.names)), nil
}

// name names things in a directory.
func (n *node) name(step int, names map[string]ID) {
	n.namings = append(n.namings, naming{step, names})
	n.changed = time.Now()
	apply(n.names, names)
}

func apply(to, names map[string]ID) {
	for name, id := range names {
		if id == 0 {
			delete(to, name)
		} else {
			to[name] = id
		}
	}
}

// Make makes an empty file, or a directory when the mode says so.
func (d *Disk) Make(in ID, name string, mode fs.FileMode) (made Info, err error) {
	err = d.do(func(step int) error {
		dir, err := d.directory(in)
		if err != nil {
			return err
		}
		if dir.names[name] != 0 {
			return syscall.EEXIST
		}
		d.last++
		if mode.IsDir() {
			d.nodes[d.last] = newDirectory(mode)
		} else {
			d.nodes[d.last] = &node{mode: mode, changed: time.Now()}
		}
		dir.name(step, map[string]ID{name: d.last})
		made, err = d.info(d.last)
		return err
	})
	return made, err
}

// Link gives a file one more name.
func (d *Disk) Link(id, in ID, name string) (linked Info, err error) {
	err = d.do(func(step int) error {
		dir, err := d.directory(in)
		if err == nil {
			_, err = d.file(id)
		}
		if err != nil {
			return err
		}
		if dir.names[name] != 0 {
			return syscall.EEXIST
		}
		dir.name(step, map[string]ID{name: id})
		linked, err = d.info(id)
		return err
	})
	return linked, err
}

// Remove takes a name away. Who has the file open goes on with it.
func (d *Disk) Remove(in ID, name string) error {
	return d.do(func(step int) error {
		dir, err := d.directory(in)
		if err != nil {
			return err
		}
		gone := d.nodes[dir.names[name]]
		if gone == nil {
			return syscall.ENOENT
		}
		if len(gone.names) > 0 {
			return syscall.ENOTEMPTY
		}
		dir.name(step, map[string]ID{name: 0})
		return nil
	})
}

// Rename moves a name within a directory, over one that may be there. Between
// directories it does not: nobody here needs that.
func (d *Disk) Rename(in ID, from string, to ID, name string) error {
	if in != to {
		return syscall.EXDEV
	}
	return d.do(func(step int) error {
		dir, err := d.directory(in)
		if err != nil {
			return err
		}
		id := dir.names[from]
		if id == 0 {
			return syscall.ENOENT
		}
		if from != name {
			dir.name(step, map[string]ID{from: 0, name: id})
		}
		return nil
	})
}

// Chmod is kept at once: a mode that is lost is not what this is about.
func (d *Disk) Chmod(id ID, mode fs.FileMode) error {
	return d.do(func(int) error {
		n := d.nodes[id]
		if n == nil {
			return syscall.ENOENT
		}
		n.mode = n.mode.Type() | mode.Perm()
		return nil
	})
}

// Write writes into a file.
func (d *Disk) Write(id ID, at int64, data []byte) error {
	return d.change(id, change{at: at, data: slices.Clone(data)})
}

// Resize cuts a file off, or lengthens it with zeros.
func (d *Disk) Resize(id ID, size int64) error {
	return d.change(id, change{at: size, resize: true})
}

func (d *Disk) change(id ID, c change) error {
	return d.do(func(step int) error {
		n, err := d.file(id)
		if err != nil {
			return err
		}
		c.step = step
		n.changes = append(n.changes, c)
		n.changed = time.Now()
		n.content = c.apply(n.content)
		return nil
	})
}

func (c change) apply(content []byte) []byte {
	if c.resize {
		return resize(content, c.at)
	}
	content = resize(content, max(int64(len(content)), c.at+int64(len(c.data))))
	copy(content[c.at:], c.data)
	return content
}

func resize(content []byte, size int64) []byte {
	if size <= int64(len(content)) {
		return content[:size]
	}
	had := len(content)
	content = slices.Grow(content, int(size)-had)[:size]
	clear(content[had:])
	return content
}

// Read reads from a file; fewer bytes than were asked for are all there are.
func (d *Disk) Read(id ID, at int64, into []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.file(id)
	if err != nil || at >= int64(len(n.content)) {
		return 0, err
	}
	return copy(into, n.content[at:]), nil
}

// Sync makes safe what was done to a file before: its content and its size, not its
// name. Of a directory it makes the names safe.
func (d *Disk) Sync(id ID) error {
	var until int
	err := d.do(func(step int) error { until = step; return nil })
	if err != nil {
		return err
	}
	if d.syncTime > 0 {
		time.Sleep(d.syncTime)
	}
	return d.do(func(int) error {
		n := d.nodes[id]
		if n == nil {
			return syscall.ENOENT
		}
		n.keep(until)
		return nil
	})
}

// keep makes safe what was done until a step.
func (n *node) keep(until int) {
	for len(n.changes) > 0 && n.changes[0].step < until {
		n.safe = n.changes[0].apply(n.safe)
		n.changes = n.changes[1:]
	}
	for len(n.namings) > 0 && n.namings[0].step < until {
		apply(n.safeNames, n.namings[0].names)
		n.namings = n.namings[1:]
	}
}

// Content is a file's by its path from the root, as processes see it.
func (d *Disk) Content(path ...string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.walk(path)
	if err != nil {
		return nil, err
	}
	return slices.Clone(n.content), nil
}

// Unsynced says whether something was written into a file since it was synced.
func (d *Disk) Unsynced(path ...string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.walk(path)
	return err == nil && len(n.changes) > 0
}

// walk finds a file by its path.
func (d *Disk) walk(path []string) (*node, error) {
	id := Root
	for _, name := range path {
		dir, err := d.directory(id)
		if err != nil {
			return nil, err
		}
		id = dir.names[name]
	}
	return d.file(id)
}

// ErrLit says that a disk still has power.
var ErrLit = errors.New("the power has not failed")
