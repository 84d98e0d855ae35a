package auth

// DiscoverThrough is Discover over a transport of the test's own.
var DiscoverThrough = discover
