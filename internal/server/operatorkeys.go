package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"provost/internal/commerce"
	"provost/internal/disk"
	"provost/internal/sqlstore"
	"provost/partnercenter"
	"provost/partnercenter/extension"
)

// CreateOperatorKey opens a database (a file that nobody serves, made where there
// is none), and gives a new key to its operator's door. The program is how this
// one was started.
func CreateOperatorKey(ctx context.Context, program, database, name string) (key string, err error) {
	if problem := databaseProblem(database); problem != "" {
		return "", &SettingsError{[]string{problem}}
	}
	store, err := sqlstore.Open(ctx, database)
	if errors.Is(err, sqlstore.ErrLocked) {
		return "", fmt.Errorf("%w\nwhile provost serve runs, its own door makes keys, with one that it knows: "+
			"PROVOST_OPERATOR_KEY=… %s operator key create %s --operator URL", err, program, name)
	}
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	shop := &commerce.Service{Store: store}
	_, key, err = shop.CreateOperatorKey(ctx, commerce.LocalOperator, name)
	return key, err
}

// openDevKey sees that a development server's owner has a key, and leaves it
// where commands find it. The file stays when its key still opens the door.
func (s *Server) openDevKey(ctx context.Context, shop *commerce.Service, url string) error {
	path := filepath.Join(s.settings.Data, extension.OperatorFile)
	var kept extension.OperatorAccess
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the operator's key: %w", err)
	}
	if err == nil {
		_ = json.Unmarshal(text, &kept) // what cannot be read is written anew
	}
	if _, err := shop.IdentifyOperator(ctx, kept.Key); err != nil {
		var refusal *partnercenter.Error
		if !errors.As(err, &refusal) {
			return err
		}
		if kept.Key, err = newDevKey(ctx, shop); err != nil {
			return err
		}
	}
	kept.URL = url
	content, err := json.MarshalIndent(kept, "", "  ")
	if err == nil {
		err = disk.Replace(path, append(content, '\n'))
	}
	if err != nil {
		return fmt.Errorf("keep the operator's key: %w", err)
	}
	return nil
}

// newDevKey makes the next key of dev's own, and revokes those before it, which
// nobody has any more.
func newDevKey(ctx context.Context, shop *commerce.Service) (string, error) {
	const name = "dev"
	keys, err := shop.OperatorKeys(ctx)
	if err != nil {
		return "", err
	}
	taken := map[string]bool{}
	for _, k := range keys {
		taken[strings.ToLower(k.Name)] = true
		if number, own := strings.CutPrefix(k.Name, name); own && strings.Trim(number, "-0123456789") == "" && k.CreatedBy == commerce.LocalOperator.Name {
			if err := shop.RevokeOperatorKey(ctx, commerce.LocalOperator, k.Name); err != nil {
				return "", err
			}
		}
	}
	free := name
	for n := 2; taken[free]; n++ {
		free = name + "-" + strconv.Itoa(n)
	}
	_, key, err := shop.CreateOperatorKey(ctx, commerce.LocalOperator, free)
	return key, err
}

// KeyHint says how the first key is made.
func (s *Server) KeyHint() string {
	database, before := s.settings.Database, "Nobody has an operator's key. To make one, stop this server, then:"
	if sqlstore.IsPostgres(database) {
		database, before = sqlstore.Redacted(database), "Nobody has an operator's key. This makes one:"
	}
	return before + "\n  " + s.settings.Program + " operator key create NAME --database " + commerce.ShellWord(database) + "\n"
}

// NeedsKey says whether nobody can open the operator's door.
func (s *Server) NeedsKey(ctx context.Context) bool {
	keys, err := (&commerce.Service{Store: s.store}).OperatorKeys(ctx)
	if err != nil {
		return false
	}
	for _, k := range keys {
		if !k.Revoked() {
			return false
		}
	}
	return true
}
