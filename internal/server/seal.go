package server

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"provost/internal/commerce"
	"provost/internal/disk"
)

// sealFile keeps a development server's key, in its data directory.
const sealFile = "seal.key"

// openSeal gives what one-time passwords are sealed with in the database. Its
// key is in a file of its own, so that whoever reads the database, or a backup of
// it, reads no password. Without a file there is no seal.
func (s *Server) openSeal() (*commerce.Seal, error) {
	path := s.settings.SealKeyFile
	if s.settings.Development {
		path = filepath.Join(s.settings.Data, sealFile)
	}
	if path == "" {
		return nil, nil
	}
	key, made, err := sealKey(path)
	if err == nil && made && !s.settings.Development {
		s.settings.Log.Info("made a key to seal one-time passwords with: every server of this database needs the same file", "file", path)
	}
	if err != nil && !s.settings.Development {
		return nil, &SettingsError{[]string{"--seal-key-file: " + err.Error()}}
	}
	if err != nil {
		return nil, err
	}
	return commerce.NewSeal(key)
}

// sealKey reads the key, or makes one where there is no such file, for its
// owner's eyes alone. Of several servers that start at once, one does.
func sealKey(path string) (key []byte, made bool, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key = commerce.NewSealKey()
		switch err := disk.Create(path, []byte(base64.StdEncoding.EncodeToString(key)+"\n")); {
		case err == nil:
			return key, true, nil
		case !errors.Is(err, fs.ErrExist):
			return nil, false, fmt.Errorf("no key can be made in %s: make the directory, and give it to this server's user: %w", filepath.Dir(path), err)
		}
		text, err = os.ReadFile(path) // another server's
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, false, fmt.Errorf("this server's user may not read %s: give it to that one: %w", path, err)
	}
	if err != nil {
		return nil, false, fmt.Errorf("read the key of the seal: %w", err)
	}
	key, err = base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != commerce.SealBytes {
		return nil, false, fmt.Errorf("%s holds no key: it is %d random bytes in base64, as openssl rand -base64 %d prints them; where there is no file, one is made",
			path, commerce.SealBytes, commerce.SealBytes)
	}
	return key, false, nil
}
