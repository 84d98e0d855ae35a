package commerce

// What the tests of this package look at by itself.
var Tick = tick

// OutlookOf lets the tests see when a view can next be different.
func OutlookOf(p Provisioning, m Moment) Outlook { return p.outlook(m) }
