package server

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"provost/internal/commerce"
	"provost/internal/sqlstore"
	"provost/partnercenter/extension"
)

func keptAccess(t *testing.T, data string) extension.OperatorAccess {
	t.Helper()
	path := filepath.Join(data, extension.OperatorFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%s has mode %v (%v)", path, info.Mode(), err)
	}
	var access extension.OperatorAccess
	if err := json.Unmarshal(text, &access); err != nil {
		t.Fatal(err)
	}
	return access
}

// opens gives the status with which the operator's door answers to a key.
func opens(t *testing.T, access extension.OperatorAccess) int {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, access.URL+extension.OperatorKeysPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+access.Key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func TestDevKeepsItsKeyAndMakesAnotherWhenItIsGone(t *testing.T) {
	data := t.TempDir()
	run := func() extension.OperatorAccess {
		s, stop := running(t, func(settings *Settings) { settings.Data = data })
		access := keptAccess(t, data)
		if access.URL != s.URL() || opens(t, access) != http.StatusOK {
			t.Errorf("the server at %s answers %d to the key that it left for %s", s.URL(), opens(t, access), access.URL)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		return access
	}
	first := run()
	if second := run(); second.Key != first.Key {
		t.Error("a second start made another key")
	}
	if err := os.Remove(filepath.Join(data, extension.OperatorFile)); err != nil {
		t.Fatal(err)
	}
	third := run()
	if third.Key == first.Key {
		t.Error("a key whose file was removed came back")
	}
	s, _ := running(t, func(settings *Settings) { settings.Data = data })
	if got := opens(t, extension.OperatorAccess{URL: s.URL(), Key: first.Key}); got != http.StatusUnauthorized {
		t.Errorf("the lost key is answered %d", got)
	}
}

func TestKeyIsMadeInADatabaseThatNobodyServes(t *testing.T) {
	database := filepath.Join(t.TempDir(), "provost.db")
	key, err := CreateOperatorKey(t.Context(), "provost", database, "ann")
	if err != nil || !strings.HasPrefix(key, "provost_op_") {
		t.Fatal(key, err)
	}
	if _, err := CreateOperatorKey(t.Context(), "provost", database, "ANN"); err == nil || !strings.Contains(err.Error(), "choose another name") {
		t.Errorf("a name given twice: %v", err)
	}
	for _, named := range []string{"", "mysql://db/x"} {
		if _, err := CreateOperatorKey(t.Context(), "provost", named, "ann"); err == nil || !strings.Contains(err.Error(), "--database") {
			t.Errorf("the database %q: %v", named, err)
		}
	}
	served, err := sqlstore.OpenSQLite(t.Context(), sqlstore.SQLite{Path: database})
	if err != nil {
		t.Fatal(err)
	}
	defer served.Close()
	if _, err := CreateOperatorKey(t.Context(), "provost", database, "bob"); err == nil || !strings.Contains(err.Error(), "--operator") {
		t.Errorf("a database that is served: %v", err)
	}
	if text, err := os.ReadFile(database); err != nil || strings.Contains(string(text), key[len(key)-64:]) {
		t.Errorf("the database holds the key (%v)", err)
	}
}

func TestServerWhoseLastKeyWasRevokedNeedsOne(t *testing.T) {
	s, _ := running(t, nil)
	if s.NeedsKey(t.Context()) {
		t.Error("a development server has made its key")
	}
	if err := (&commerce.Service{Store: s.store}).RevokeOperatorKey(t.Context(), commerce.LocalOperator, "dev"); err != nil {
		t.Fatal(err)
	}
	if !s.NeedsKey(t.Context()) {
		t.Error("a revoked key is counted")
	}
}
