package commerce

import (
	"maps"
	"strings"

	"provost/partnercenter"
)

// Everything is how a world's settings name all that they do not name otherwise.
const Everything = "*"

// maxScript is how long the words of a script may be.
const maxScript = 1000

// Spelled is how the catalogue spells what settings name: an offer's id,
// "product:sku", a product's id, or [Everything].
func (c *Catalogue) Spelled(name string) (string, bool) {
	if name == Everything {
		return name, true
	}
	if offer, ok := c.OfferAnywhere(name); ok {
		return offer.ID, true
	}
	if p, ok := c.byID[folded(name)]; ok {
		return p.ID, true
	}
	id, named, _ := strings.Cut(name, ":")
	if p, ok := c.byID[folded(id)]; ok {
		for _, s := range p.SKUs {
			if strings.EqualFold(s.ID, named) {
				return p.ID + ":" + s.ID, true
			}
		}
	}
	return "", false
}

// ScriptFor is the script that is the most particular to an offer.
func (s WorldSettings) ScriptFor(o Offer) (string, bool) {
	for _, name := range []string{o.ID, o.ProductID + ":" + o.SKUID, o.ProductID, Everything} {
		if script, ok := s.Simulator[name]; ok {
			return script, true
		}
	}
	return "", false
}

// withScripts are the settings with scripts added and, where one is empty, taken
// away. Names are spelled as the catalogue does; those that it does not know
// stay, for [WorldSettings.check] to refuse.
func (s WorldSettings) withScripts(scripts map[string]string) WorldSettings {
	if len(scripts) == 0 {
		return s
	}
	all := maps.Clone(s.Simulator)
	if all == nil {
		all = map[string]string{}
	}
	for name, script := range scripts {
		if spelled, known := DefaultCatalogue().Spelled(name); known {
			name = spelled
		}
		if script = strings.TrimSpace(script); script != "" {
			all[name] = script
			continue
		}
		delete(all, name)
	}
	s.Simulator = all
	if len(all) == 0 {
		s.Simulator = nil
	}
	return s
}

// checkScripts refuses scripts that cannot be read, and names of nothing.
func (s WorldSettings) checkScripts() error {
	for name, script := range s.Simulator {
		if _, known := DefaultCatalogue().Spelled(name); !known {
			return Refuse(partnercenter.ErrInput.About("simulator"),
				`nothing is called %q: a script is for an offer's id, for "product:sku", for a product's id (as GET /v1/products?country=US&targetView=OnlineServices lists them), or for "*", all others`, name)
		}
		if len(script) > maxScript || strings.ContainsFunc(script, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			return Refuse(partnercenter.ErrInput.About("simulator"), "a script is up to %d bytes of visible text; that of %s is not", maxScript, name)
		}
		if _, err := ParseScript(script); err != nil {
			return Refuse(partnercenter.ErrInput.About("simulator"), "the script of %s: %v", name, err)
		}
	}
	return nil
}
