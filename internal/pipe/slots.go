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
// tenant has more than half, so that none can shut out another, and reads not
// more than three quarters, so that writes find room. An operator's requests are
// not counted: who is to look after a full server has to get in.
type slots struct {
	most                int64
	taken, read, denied atomic.Int64
	// tenants are those of tokens that were verified, so that there are no more
	// than issuers speak for.
	tenants sync.Map
}

// slot is the place of one request; empty: none.
type slot struct {
	of     *slots
	read   bool
	tenant *atomic.Int64
}

func (s *slots) mostReads() int64 { return max(1, s.most*3/4) }

func (s *slots) mostOfOne() int64 { return max(1, s.most/2) }

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

// belong counts a request as its tenant's, once that is known.
func (in *slot) belong(tenant string) error {
	if in.of == nil {
		return nil
	}
	tenant = strings.ToLower(tenant)
	found, known := in.of.tenants.Load(tenant)
	if !known {
		found, _ = in.of.tenants.LoadOrStore(tenant, new(atomic.Int64))
	}
	counter := found.(*atomic.Int64)
	if !claim(counter, in.of.mostOfOne()) {
		return in.of.full("the tenant has as many requests under way as one may have (%d, half of --max-requests)", in.of.mostOfOne())
	}
	in.tenant = counter
	return nil
}

func (in *slot) leave() {
	if in.of == nil {
		return
	}
	if in.tenant != nil {
		in.tenant.Add(-1)
	}
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
