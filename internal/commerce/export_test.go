package commerce

// OutlookOf lets the tests see when a view can next be different.
func OutlookOf(p Provisioning, m Moment) Outlook { return p.outlook(m) }
