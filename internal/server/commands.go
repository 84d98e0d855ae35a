package server

import (
	"net"
	"path/filepath"
	"strings"

	"provost/internal/commerce"
	"provost/internal/pipe"
	"provost/internal/sqlstore"
)

// Where commands look for a server by themselves.
const (
	// DefaultListen is where a server listens unless it is told otherwise.
	DefaultListen = "127.0.0.1:4177"
	// DefaultOperatorListen is where a production server's operator door does.
	DefaultOperatorListen = "127.0.0.1:4178"
	// DefaultData is the directory that keeps a development server's shop.
	DefaultData = ".provost"
)

// commandsAt say how commands are run at a server that listens there.
func (s *Server) commandsAt(api, operator net.Addr) pipe.Commands {
	c := pipe.Commands{Program: s.settings.Program, Tokens: s.settings.Development}
	if url := s.baseURL(api); url != "http://"+DefaultListen {
		c.Server = "--server " + url
	}
	if ca := s.CAFile(); ca != "" {
		c.Server += " --ca " + commerce.ShellWord(ca)
	}
	if s.settings.Development {
		c.Data = commerce.ShellWord(absolute(s.settings.Data))
		if s.settings.Data != DefaultData {
			c.Operator = "--data " + c.Data
		}
		var words []string
		for _, argument := range s.settings.Arguments {
			words = append(words, commerce.ShellWord(argument))
		}
		c.Restart = strings.Join(words, " ")
		return c
	}
	if url := baseURL(operator, s.settings.TLSCert != "" && !s.operatorIsPlain(operator)); url != "http://"+DefaultOperatorListen {
		c.Operator = "--operator " + url
	}
	if c.Database = s.settings.Database; sqlstore.IsPostgres(c.Database) {
		c.Shared = true
		c.Database = commerce.ShellWord(sqlstore.Redacted(c.Database))
	} else {
		c.Database = commerce.ShellWord(absolute(c.Database))
	}
	return c
}

// InCommands gives a text with the commands that it names as they are run at
// this server.
func (s *Server) InCommands(text string) string { return s.commands.In(text) }

// absolute is a path that holds in any directory.
func absolute(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}
