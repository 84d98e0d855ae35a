package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"provost/internal/cli"
	"provost/internal/server"
)

func newBackup() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy a SQLite database, beside the server that writes it",
		Long: "Copy the file of a SQLite database as it is at one instant, whether a server is at\n" +
			"work in it or not. FILE must not be there yet, and is there once it is whole. To put it\n" +
			"back, stop the server and put the copy in the database's place.\n\n" +
			"PostgreSQL has tools of its own: pg_dump, pg_basebackup.",
		Example: "provost backup provost-monday.db --database provost.db",
		Args:    cli.Takes(1, 1, "the file of the copy, such as copy.db"),
		RunE: func(cmd *cobra.Command, args []string) error {
			database, err := configuredDatabase(cmd)
			if err == nil {
				err = curable(server.Backup(cmd.Context(), database, args[0]))
			}
			return err
		},
	}
	addDatabaseFlag(cmd)
	return cmd
}

func newMigrate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "See and change which version a database's schema is",
		Long: "A server brings its database's schema up to date when it starts; of several that start\n" +
			"at once, one does. These commands do so without a server.",
		Example: strings.Join([]string{
			"provost migrate status --database provost.db",
			"provost migrate up --database provost.db",
		}, "\n"),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	status := &cobra.Command{
		Use:     "status",
		Short:   "Say how the schema stands to this program's",
		Long:    "Say which version the schema is and which this program knows, and change nothing. It\nends with 1 when they differ.",
		Example: "provost migrate status --database provost.db",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			database, err := configuredDatabase(cmd)
			if err != nil {
				return err
			}
			words, current, err := server.SchemaOf(cmd.Context(), database)
			if err != nil {
				return curable(err)
			}
			if !current {
				return errors.New(words)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), words)
			return err
		},
	}
	up := &cobra.Command{
		Use:   "up",
		Short: "Bring the schema up to date",
		Long: "Bring the schema up to date, and make a database where there is none. A SQLite database\n" +
			"that no server has open is copied before, into a file beside it; a PostgreSQL's servers\n" +
			"may run.",
		Example: "provost migrate up --database provost.db",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			database, err := configuredDatabase(cmd)
			if err != nil {
				return err
			}
			if err := server.Migrate(cmd.Context(), database); err != nil {
				return curable(err)
			}
			words, _, err := server.SchemaOf(cmd.Context(), database)
			if err == nil {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), words)
			}
			return err
		},
	}
	addDatabaseFlag(status)
	addDatabaseFlag(up)
	cmd.AddCommand(status, up)
	return cmd
}

func addDatabaseFlag(cmd *cobra.Command) {
	cmd.Flags().String("database", "", databaseUsage)
	_ = cmd.MarkFlagFilename("database")
	addConfigFlag(cmd)
}

func configuredDatabase(cmd *cobra.Command) (string, error) {
	if err := configure(cmd); err != nil {
		return "", err
	}
	return cmd.Flags().GetString("database")
}
