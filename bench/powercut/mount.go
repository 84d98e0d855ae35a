package main

import (
	"io"
	"io/fs"
	"log"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"

	"provost/bench/powercut/disk"
)

// mounted shows a disk to processes as a file system.
type mounted struct {
	fuse.RawFileSystem
	disk *disk.Disk
}

// mount mounts a disk. Nobody else changes it, so the kernel may remember what it
// was told; each write reaches the disk before it returns all the same, as the
// kernel is not asked to hold writes back.
func mount(d *disk.Disk, at string) (unmount func() error, err error) {
	server, err := fuse.NewServer(&mounted{fuse.NewDefaultRawFileSystem(), d}, at, &fuse.MountOptions{
		FsName: "powercut", Name: "powercut", DirectMountStrict: true, DisableXAttrs: true,
		DisableReadDirPlus: true, ExplicitDataCacheControl: true, MaxWrite: 1 << 20,
		Logger: log.New(io.Discard, "", 0), // a mount that goes while a killed process is tidied up is none of its worries
	})
	if err != nil {
		return nil, err
	}
	go server.Serve()
	if err := server.WaitMount(); err != nil {
		return nil, err
	}
	return func() error {
		// Detached, it goes even while the kernel still tidies up after a killed process.
		err := syscall.Unmount(at, syscall.MNT_DETACH)
		if err == nil {
			server.Wait()
		}
		return err
	}, nil
}

const remembered = time.Hour

func (m *mounted) String() string { return "powercut" }

func fill(to *fuse.Attr, from disk.Info) {
	*to = fuse.Attr{Ino: uint64(from.ID), Size: uint64(from.Size), Blocks: uint64(from.Size+511) / 512, Blksize: 4096, Nlink: 1, Mode: uint32(from.Mode.Perm()) | syscall.S_IFREG}
	if from.Mode.IsDir() {
		to.Mode, to.Nlink = uint32(from.Mode.Perm())|syscall.S_IFDIR, 2
	}
	to.SetTimes(&from.Changed, &from.Changed, &from.Changed)
}

func enter(to *fuse.EntryOut, from disk.Info, err error) fuse.Status {
	if err != nil {
		return fuse.ToStatus(err)
	}
	to.NodeId, to.Generation = uint64(from.ID), 1
	fill(&to.Attr, from)
	to.SetEntryTimeout(remembered)
	to.SetAttrTimeout(remembered)
	return fuse.OK
}

func (m *mounted) describe(id uint64, to *fuse.AttrOut) fuse.Status {
	info, err := m.disk.Stat(disk.ID(id))
	if err != nil {
		return fuse.ToStatus(err)
	}
	fill(&to.Attr, info)
	to.SetTimeout(remembered)
	return fuse.OK
}

func (m *mounted) Lookup(_ <-chan struct{}, header *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	found, err := m.disk.Find(disk.ID(header.NodeId), name)
	return enter(out, found, err)
}

func (m *mounted) GetAttr(_ <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	return m.describe(in.NodeId, out)
}

func (m *mounted) SetAttr(_ <-chan struct{}, in *fuse.SetAttrIn, out *fuse.AttrOut) fuse.Status {
	if size, asked := in.GetSize(); asked {
		if err := m.disk.Resize(disk.ID(in.NodeId), int64(size)); err != nil {
			return fuse.ToStatus(err)
		}
	}
	if mode, asked := in.GetMode(); asked {
		if err := m.disk.Chmod(disk.ID(in.NodeId), fs.FileMode(mode)); err != nil {
			return fuse.ToStatus(err)
		}
	}
	return m.describe(in.NodeId, out)
}

func (m *mounted) Mkdir(_ <-chan struct{}, in *fuse.MkdirIn, name string, out *fuse.EntryOut) fuse.Status {
	made, err := m.disk.Make(disk.ID(in.NodeId), name, fs.ModeDir|fs.FileMode(in.Mode).Perm())
	return enter(out, made, err)
}

func (m *mounted) Create(_ <-chan struct{}, in *fuse.CreateIn, name string, out *fuse.CreateOut) fuse.Status {
	made, err := m.disk.Make(disk.ID(in.NodeId), name, fs.FileMode(in.Mode).Perm())
	out.OpenFlags = fuse.FOPEN_KEEP_CACHE
	return enter(&out.EntryOut, made, err)
}

func (m *mounted) Unlink(_ <-chan struct{}, header *fuse.InHeader, name string) fuse.Status {
	return fuse.ToStatus(m.disk.Remove(disk.ID(header.NodeId), name))
}

func (m *mounted) Rmdir(_ <-chan struct{}, header *fuse.InHeader, name string) fuse.Status {
	return fuse.ToStatus(m.disk.Remove(disk.ID(header.NodeId), name))
}

func (m *mounted) Rename(_ <-chan struct{}, in *fuse.RenameIn, from, to string) fuse.Status {
	if in.Flags != 0 { // an exchange, or never over another: nobody here asks for it
		return fuse.EINVAL
	}
	return fuse.ToStatus(m.disk.Rename(disk.ID(in.NodeId), from, disk.ID(in.Newdir), to))
}

func (m *mounted) Link(_ <-chan struct{}, in *fuse.LinkIn, name string, out *fuse.EntryOut) fuse.Status {
	linked, err := m.disk.Link(disk.ID(in.Oldnodeid), disk.ID(in.NodeId), name)
	return enter(out, linked, err)
}

func (m *mounted) Open(_ <-chan struct{}, _ *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	out.OpenFlags = fuse.FOPEN_KEEP_CACHE
	return fuse.OK
}

func (m *mounted) Read(_ <-chan struct{}, in *fuse.ReadIn, into []byte) (fuse.ReadResult, fuse.Status) {
	n, err := m.disk.Read(disk.ID(in.NodeId), int64(in.Offset), into)
	return fuse.ReadResultData(into[:n]), fuse.ToStatus(err)
}

func (m *mounted) Write(_ <-chan struct{}, in *fuse.WriteIn, data []byte) (uint32, fuse.Status) {
	if err := m.disk.Write(disk.ID(in.NodeId), int64(in.Offset), data); err != nil {
		return 0, fuse.ToStatus(err)
	}
	return uint32(len(data)), fuse.OK
}

// Flush comes with every close, and keeps nothing.
func (m *mounted) Flush(<-chan struct{}, *fuse.FlushIn) fuse.Status { return fuse.OK }

func (m *mounted) Fsync(_ <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	return fuse.ToStatus(m.disk.Sync(disk.ID(in.NodeId)))
}

func (m *mounted) FsyncDir(_ <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	return fuse.ToStatus(m.disk.Sync(disk.ID(in.NodeId)))
}

func (m *mounted) OpenDir(<-chan struct{}, *fuse.OpenIn, *fuse.OpenOut) fuse.Status { return fuse.OK }

func (m *mounted) ReadDir(_ <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	names, err := m.disk.Names(disk.ID(in.NodeId))
	if err != nil {
		return fuse.ToStatus(err)
	}
	for i := int(in.Offset); i < len(names); i++ {
		found, err := m.disk.Find(disk.ID(in.NodeId), names[i])
		if err != nil {
			continue // gone meanwhile
		}
		var a fuse.Attr
		fill(&a, found)
		if !out.AddDirEntry(fuse.DirEntry{Name: names[i], Ino: uint64(found.ID), Mode: a.Mode, Off: uint64(i + 1)}) {
			break
		}
	}
	return fuse.OK
}

func (m *mounted) StatFs(_ <-chan struct{}, _ *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	const blocks = 1 << 20
	*out = fuse.StatfsOut{Blocks: blocks, Bfree: blocks, Bavail: blocks, Files: blocks, Ffree: blocks, Bsize: 4096, Frsize: 4096, NameLen: 255}
	return fuse.OK
}
