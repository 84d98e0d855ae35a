package server

import (
	"context"
	"fmt"

	"provost/internal/sqlstore"
)

// Backup copies the file of a SQLite database, beside whoever serves it.
func Backup(ctx context.Context, database, to string) error {
	if problem := databaseProblem(database); problem != "" {
		return &SettingsError{[]string{problem}}
	}
	return sqlstore.Backup(ctx, database, to)
}

// SchemaOf says in words how a database's schema stands to this program's.
func SchemaOf(ctx context.Context, database string) (words string, current bool, err error) {
	if problem := databaseProblem(database); problem != "" {
		return "", false, &SettingsError{[]string{problem}}
	}
	s, err := sqlstore.SchemaOf(ctx, database)
	if err != nil {
		return "", false, err
	}
	words = fmt.Sprintf("The schema is version %d, and this provost knows version %d: ", s.Has, s.Knows)
	switch {
	case s.Has == 0:
		return words + "provost migrate up, or the first start of a server, makes it.", false, nil
	case s.Has < s.Knows:
		words += "provost migrate up, or the next start of a server, brings it up to date. "
		if s.Oldest > s.Has {
			return words + "Stop all servers first: those that run cannot work on it.", false, nil
		}
		return words + "Servers that run may go on meanwhile.", false, nil
	case s.Has > s.Knows && s.Oldest > s.Knows:
		return words + fmt.Sprintf("a later provost has changed it, and serves programs that know version %d; this one does not serve it.", s.Oldest), false, nil
	case s.Has > s.Knows:
		return words + "a later provost has changed it, and this one may serve it until it is replaced.", false, nil
	}
	return words + "it is up to date.", true, nil
}

// Migrate brings a database's schema up to date, as starting a server does, and
// makes a database where there is none.
func Migrate(ctx context.Context, database string) error {
	if problem := databaseProblem(database); problem != "" {
		return &SettingsError{[]string{problem}}
	}
	store, err := sqlstore.Open(ctx, database)
	if err != nil {
		return err
	}
	return store.Close()
}
