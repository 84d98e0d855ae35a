package server

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"provost/internal/commerce"
)

func TestTheKeyOfTheSealIsMadeOnceAndForItsOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seal.key")
	first, made, err := sealKey(path)
	if err != nil || !made || len(first) != commerce.SealBytes {
		t.Fatalf("%d bytes, made %t, %v", len(first), made, err)
	}
	second, made, err := sealKey(path)
	if err != nil || made || !bytes.Equal(first, second) {
		t.Errorf("the next start has another key: made %t, %v", made, err)
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if other, _, err := sealKey(filepath.Join(t.TempDir(), "seal.key")); err != nil || bytes.Equal(first, other) {
		t.Errorf("another server's key is the same, %v", err)
	}
}

func TestPlaceWithoutRoomForTheKeyOfTheSealIsNamed(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	if _, _, err := sealKey(filepath.Join(nowhere, "seal.key")); err == nil || !strings.Contains(err.Error(), "no key can be made in "+nowhere+": make the directory") {
		t.Errorf("it says %v", err)
	}
}

func TestServersThatStartAtOnceSealWithOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seal.key")
	var keys [16][]byte
	var all sync.WaitGroup
	makers := atomic.Int32{}
	for i := range keys {
		all.Go(func() {
			key, made, err := sealKey(path)
			if err != nil {
				t.Error(err)
			}
			if made {
				makers.Add(1)
			}
			keys[i] = key
		})
	}
	all.Wait()
	for i, key := range keys {
		if !bytes.Equal(key, keys[0]) {
			t.Errorf("server %d has another key", i)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(path)); makers.Load() != 1 || len(left) != 1 || err != nil {
		t.Errorf("%d made it, %v is there, %v", makers.Load(), left, err)
	}
}

func TestFilesThatHoldNoKeyOfASealAreRefusedAndLeft(t *testing.T) {
	for name, content := range map[string]string{
		"empty": "", "words": "a secret", "too short": base64.StdEncoding.EncodeToString(make([]byte, 16)),
		"too long": base64.StdEncoding.EncodeToString(make([]byte, 33)),
	} {
		path := filepath.Join(t.TempDir(), "seal.key")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		s := &Server{settings: Settings{SealKeyFile: path}}
		if _, err := s.openSeal(); err == nil || !strings.Contains(err.Error(), "--seal-key-file: "+path) {
			t.Errorf("%s: %v", name, err)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != content {
			t.Errorf("%s: the file was changed", name)
		}
	}
	if seal, err := (&Server{}).openSeal(); seal != nil || err != nil {
		t.Errorf("without a file: %v, %v", seal, err)
	}
}
