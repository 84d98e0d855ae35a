package server

import (
	"net"
	"path/filepath"

	"provost/internal/auth"
	"provost/internal/authority"
)

// openAuthority mounts the issuer of a development server, and trusts it.
func (s *Server) openAuthority(behind doors, api net.Addr) ([]auth.Issuer, error) {
	key, err := authority.OpenKey(filepath.Join(s.settings.Data, keyFile))
	if err != nil {
		return nil, err
	}
	issuer, err := authority.New(authority.Settings{Store: s.store, Key: key, BaseURL: s.publicURL(api), Log: s.settings.Log, Explain: s.commands.In})
	if err != nil {
		return nil, err
	}
	behind[authorityDoor] = issuer
	return []auth.Issuer{auth.Static(issuer.Speaks, issuer.PublicKey())}, nil
}
