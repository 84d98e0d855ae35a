package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how often the files of a certificate are looked at, when someone
// connects.
const lookEvery = time.Second

// certificateFiles is a certificate that its owner keeps in two files and may
// replace while the server runs. A pair that cannot be read changes nothing:
// the last good one stays, and the log says why.
type certificateFiles struct {
	certificatePath, keyPath string
	log                      *slog.Logger

	mu              sync.Mutex
	certificate     []byte
	key             []byte
	current         *tls.Certificate
	looked          time.Time
	unreadableSince bool
}

func openCertificate(certificatePath, keyPath string, log *slog.Logger) (*certificateFiles, error) {
	f := &certificateFiles{certificatePath: certificatePath, keyPath: keyPath, log: log}
	if err := f.look(); err != nil {
		return nil, fmt.Errorf("--tls-cert and --tls-key: %w", err)
	}
	return f, nil
}

func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) >= lookEvery {
		err := f.look()
		if err != nil && !f.unreadableSince {
			f.log.Error("the new certificate is of no use: the last one stays", "error", err)
		}
		f.unreadableSince = err != nil
	}
	return f.current, nil
}

// look reads the files, and takes what they hold when it has changed.
func (f *certificateFiles) look() error {
	f.looked = time.Now()
	certificate, err := os.ReadFile(f.certificatePath)
	if err != nil {
		return fmt.Errorf("read the certificate: %w", err)
	}
	key, err := os.ReadFile(f.keyPath)
	if err != nil {
		return fmt.Errorf("read the certificate's key: %w", err)
	}
	if f.current != nil && bytes.Equal(certificate, f.certificate) && bytes.Equal(key, f.key) {
		return nil
	}
	if isCut(certificate) {
		return fmt.Errorf("read the certificate: %s ends within a block: it is yet to be written to its end", f.certificatePath)
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return fmt.Errorf("read the pair of %s and %s: %w", f.certificatePath, f.keyPath, err)
	}
	if f.current != nil && time.Now().After(pair.Leaf.NotAfter) {
		return fmt.Errorf("the certificate of %s ended at %s", f.certificatePath, pair.Leaf.NotAfter.Format(time.RFC3339))
	}
	f.certificate, f.key, f.current = certificate, key, &pair
	level, text := slog.LevelInfo, "certificate taken"
	if time.Now().After(pair.Leaf.NotAfter) {
		level, text = slog.LevelWarn, "the certificate has ended: callers will refuse it"
	}
	f.log.Log(context.Background(), level, text, "subject", pair.Leaf.Subject.String(), "names", pair.Leaf.DNSNames, "until", pair.Leaf.NotAfter)
	return nil
}

// isCut says whether a file ends in the middle of a certificate. What stands
// before that makes a pair with the key, but leads to no root.
func isCut(text []byte) bool {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		text = rest
	}
	return bytes.Contains(text, []byte("-----BEGIN"))
}
