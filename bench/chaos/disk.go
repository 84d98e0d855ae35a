package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// disk is a small one, on which a database lies.
type disk struct {
	dir     string
	refused func() int
}

// diskSize holds the database of a trial, and not much more.
const diskSize = "192m"

// onFullDisk makes a trial on a disk that fills.
func (t *trial) onFullDisk(ctx context.Context, s settings) (lost bool, err error) {
	t.disk = &disk{dir: filepath.Join(t.dir, "small")}
	if err := t.disk.mount(ctx); err != nil {
		t.say("SKIPPED: a small disk cannot be mounted here (%v)", err)
		return false, nil
	}
	defer func() { err = errors.Join(err, t.disk.unmount()) }()
	t.want = wanted{kills: 10, fills: 10}
	if s.short {
		t.want = wanted{kills: 1, fills: 1}
	}
	t.most = 5 * time.Minute
	t.databaseOn = t.disk.dir
	return t.run(ctx)
}

func (d *disk) mount(ctx context.Context) error {
	if err := os.Mkdir(d.dir, 0o755); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, "mount", "-t", "tmpfs", "-o", "mode=700,size="+diskSize, "tmpfs", d.dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

func (d *disk) unmount() error {
	out, err := exec.Command("umount", d.dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("unmount the small disk: %w: %s", err, out)
	}
	return nil
}

// full takes all the room that is left, and gives it back after enough writes
// could not be done for it. A disk on which everything could be done was not full.
func (d *disk) full(ctx context.Context, enough int, most time.Duration, meanwhile func(context.Context) error) error {
	path := filepath.Join(d.dir, "filler")
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer os.Remove(path)
	defer file.Close()
	piece := make([]byte, 4<<10)
	before := d.refused()
	for began := time.Now(); d.refused()-before < enough; {
		if _, err = file.Write(piece); err == nil {
			continue
		}
		if !errors.Is(err, syscall.ENOSPC) {
			return fmt.Errorf("fill the disk: %w", err)
		}
		if time.Since(began) > most {
			return fmt.Errorf("the disk was full for %v, and nothing was refused: this tries nothing", most)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return meanwhile(ctx)
}
