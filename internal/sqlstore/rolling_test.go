package sqlstore

import (
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// firstReleased is the schema of the first program that may have to work beside a
// later one.
const firstReleased = 8

var (
	takesAway   = regexp.MustCompile(`(?i)\b(DROP|RENAME)\b|\bALTER COLUMN\b|\bADD CONSTRAINT\b|\bCREATE UNIQUE INDEX\b|\bADD COLUMN\b[^;]*\bNOT NULL\b[^;]*;`)
	hasDefault  = regexp.MustCompile(`(?i)\bADD COLUMN\b[^;]*\bDEFAULT\b`)
	unusedSince = regexp.MustCompile(`(?m)^-- Unused since schema (\d+): \S`)
	comments    = regexp.MustCompile(`(?m)--.*$`)
)

// breaks says why a migration cannot be rolled out; "" when it can.
func breaks(text string, version int64) string {
	if version < firstReleased {
		return ""
	}
	stated := oldestStated.FindStringSubmatch(text)
	if stated == nil || stated[1] != strconv.FormatInt(version, 10) {
		return "it does not say which programs it serves: INSERT INTO schema_versions (version, oldest) VALUES (" + strconv.FormatInt(version, 10) + ", …);"
	}
	oldest := statedOldest(text, version)
	if oldest < firstReleased || oldest > version {
		return "it says that it serves programs of version " + stated[2]
	}
	for part := range strings.SplitAfterSeq(comments.ReplaceAllString(text, ""), ";") {
		taken := takesAway.FindString(part)
		if taken == "" || hasDefault.MatchString(part) && !strings.Contains(strings.ToUpper(part), "DROP") || oldest == version {
			continue
		}
		if since := unusedSince.FindStringSubmatch(text); since == nil || number(since[1]) > oldest {
			return "a program of version " + stated[2] + " may want what goes with " + strings.TrimSpace(part) +
				": serve none before this version, or say -- Unused since schema N: why, with N at most " + stated[2]
		}
	}
	return ""
}

func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

func TestMigrationsSayWhichProgramsGoOn(t *testing.T) {
	for _, engine := range []struct {
		files fs.FS
		dir   string
	}{{sqliteMigrations, "sqlite"}, {postgresMigrations, "postgres"}} {
		names, err := fs.Glob(engine.files, path.Join("migrations", engine.dir, "*.sql"))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %v", engine.dir, names, err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(engine.files, name)
			if err != nil {
				t.Fatal(err)
			}
			leading, _, _ := strings.Cut(path.Base(name), "_")
			if why := breaks(string(text), number(leading)); why != "" {
				t.Errorf("%s: %s", name, why)
			}
		}
	}
}

func TestMigrationThatTakesSomethingAwayIsToldApart(t *testing.T) {
	const serves = "INSERT INTO schema_versions (version, oldest) VALUES (12, 11);\n"
	for text, fits := range map[string]bool{
		"":                                 true,
		"CREATE TABLE more (id BIGINT);\n": true,
		"ALTER TABLE carts ADD COLUMN note TEXT;\n":                                                        true,
		"ALTER TABLE carts ADD COLUMN note TEXT NOT NULL DEFAULT '';\n":                                    true,
		"ALTER TABLE carts ADD COLUMN note TEXT NOT NULL;\n":                                               false,
		"ALTER TABLE carts DROP COLUMN note;\n":                                                            false,
		"ALTER TABLE carts RENAME COLUMN note TO word;\n":                                                  false,
		"ALTER TABLE carts RENAME TO baskets;\n":                                                           false,
		"DROP TABLE carts;\n":                                                                              false,
		"CREATE UNIQUE INDEX one_note ON carts (note);\n":                                                  false,
		"ALTER TABLE carts ALTER COLUMN note SET NOT NULL;\n":                                              false,
		"-- Unused since schema 11: notes stand in the resource.\nALTER TABLE carts DROP COLUMN note;\n":   true,
		"-- Unused since schema 12: this program reads it no more.\nALTER TABLE carts DROP COLUMN note;\n": false,
		"-- DROP TABLE carts, one day\n":                                                                   true,
	} {
		if why := breaks(text+serves, 12); (why == "") != fits {
			t.Errorf("%q: %q", text, why)
		}
		if why := breaks(text+strings.Replace(serves, "11", "12", 1), 12); why != "" {
			t.Errorf("%q serves none of before, and still: %q", text, why)
		}
	}
	for _, text := range []string{"", "INSERT INTO schema_versions (version, oldest) VALUES (11, 11);\n", "INSERT INTO schema_versions (version, oldest) VALUES (12, 13);\n"} {
		if breaks(text, 12) == "" {
			t.Errorf("%q says which programs it serves", text)
		}
	}
}

// River's tables are changed by whatever program has the latest River, and older
// ones go on with them: that wants a look, and a migration of ours that says so.
func TestTablesOfJobsChangeNotUnseen(t *testing.T) {
	const seen = 7
	migrator, err := rivermigrate.New(riversqlite.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	all := migrator.AllVersions()
	if last := all[len(all)-1].Version; last != seen {
		t.Errorf("River's tables are version %d, and %d was looked at: see whether programs with the River of before work on them, and say so in a migration (schema_versions)", last, seen)
	}
}
