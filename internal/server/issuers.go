package server

import (
	"context"
	"fmt"
	"net"

	"provost/internal/auth"
)

// issuers are those whose tokens count: the embedded authority, which gets its
// door, or those that the settings name.
func (s *Server) issuers(ctx context.Context, behind doors, api net.Addr) ([]auth.Issuer, error) {
	if s.settings.Development {
		return s.openAuthority(behind, api)
	}
	// Their keys are fetched for as long as the server is there, not for as long
	// as it opens.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.release = append(s.release, func() error { cancel(); return nil })
	var issuers []auth.Issuer
	for _, address := range s.settings.Issuers {
		issuer, err := auth.Discover(ctx, address, s.settings.tenantsOf(address)...)
		if err != nil {
			return nil, fmt.Errorf("--issuer: %w", err)
		}
		issuers = append(issuers, issuer)
	}
	return issuers, nil
}
