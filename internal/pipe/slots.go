package pipe

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"provost/internal/commerce"
	"provost/partnercenter"
)

// DefaultRequests is how many requests may be under way at once unless the
// settings say another number.
const DefaultRequests = 1024

// slots bound how many requests are under way. What is one too many is refused
// at once: a server that takes more than it can do answers nobody in time. No
// tenant has more than half, so that none can shut out another, reads not more
// than three quarters, so that writes find room, and those whose tokens are yet to
// be verified not more than a quarter. An operator's requests are
// not counted: who is to look after a full server has to get in.
type slots struct {
	most                            int64
	taken, read, unverified, denied atomic.Int64
	// tenants are those of tokens that were verified, so that there are no more
	// than issuers speak for.
	tenants sync.Map
}

// slot is the place of one request; empty: none.
type slot struct {
	of   *slots
	read bool
	// owner counts the requests of whom this one is; nil: of nobody in particular.
	owner *atomic.Int64
}

func (s *slots) mostReads() int64 { return max(1, s.most*3/4) }

func (s *slots) mostOfOne() int64 { return max(1, s.most/2) }

func (s *slots) mostUnverified() int64 { return max(1, s.most/4) }

// claim counts one more, unless that were too many.
func claim(counter *atomic.Int64, most int64) bool {
	if counter.Add(1) <= most {
		return true
	}
	counter.Add(-1)
	return false
}

// enter gives a request its place, which it has to leave.
func (s *slots) enter(method string) (slot, error) {
	if !claim(&s.taken, s.most) {
		return slot{}, s.full("as many requests are under way as --max-requests lets in (%d)", s.most)
	}
	in := slot{of: s}
	if method == http.MethodGet || method == http.MethodHead {
		if !claim(&s.read, s.mostReads()) {
			in.leave()
			return slot{}, s.full("as many reads are under way as leave room for writes (%d of --max-requests)", s.mostReads())
		}
		in.read = true
	}
	return in, nil
}

// nobody stands for all whom no token tells apart: they share what one tenant
// may have.
const nobody = ""

// await counts a request as one whose token is being verified, which an issuer may
// have to be asked for.
func (in *slot) await() error {
	if in.of == nil {
		return nil
	}
	if !claim(&in.of.unverified, in.of.mostUnverified()) {
		return in.of.full("as many tokens are being verified as may be (%d, a quarter of --max-requests)", in.of.mostUnverified())
	}
	in.owner = &in.of.unverified
	return nil
}

// belong counts a request as its tenant's, once that is known.
func (in *slot) belong(tenant string) error {
	if in.of == nil {
		return nil
	}
	in.disown()
	tenant = strings.ToLower(tenant)
	found, known := in.of.tenants.Load(tenant)
	if !known {
		found, _ = in.of.tenants.LoadOrStore(tenant, new(atomic.Int64))
	}
	counter := found.(*atomic.Int64)
	if !claim(counter, in.of.mostOfOne()) {
		return in.of.full("the tenant has as many requests under way as one may have (%d, half of --max-requests)", in.of.mostOfOne())
	}
	in.owner = counter
	return nil
}

func (in *slot) disown() {
	if in.owner != nil {
		in.owner.Add(-1)
		in.owner = nil
	}
}

func (in *slot) leave() {
	if in.of == nil {
		return
	}
	in.disown()
	if in.read {
		in.of.read.Add(-1)
	}
	in.of.taken.Add(-1)
}

func (s *slots) full(why string, most int64) error {
	s.denied.Add(1)
	return commerce.Refuse(partnercenter.ErrUnavailable, why, most)
}

// UnderWay is how many requests are under way, of how many that may be, and how
// many were refused because there was no place.
func (p *Pipe) UnderWay() (now, most, refused int64) {
	return p.slots.taken.Load(), p.slots.most, p.slots.denied.Load()
}
