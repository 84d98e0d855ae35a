package extension

import "provost/partnercenter"

// OperatorKeysPath is where the operator's door keeps its keys.
const OperatorKeysPath = "/operator/v1/keys"

// OperatorKeys is a page of the keys, revoked ones too, the oldest first.
//
// GET /operator/v1/keys
type OperatorKeys struct {
	// Items are the keys of this page; empty, never absent.
	Items []OperatorKey `json:"items"`
	// Next is the "after" of the next page; absent: there is none.
	Next string `json:"next,omitempty"`
}

// OperatorKey is what the server remembers of a key. Times are real.
type OperatorKey struct {
	// ID is a part of the key itself; Name is what the operator log knows it by.
	ID   string `json:"id"`
	Name string `json:"name"`
	// CreatedAt is when the key was made.
	CreatedAt partnercenter.Time `json:"createdAt"`
	// CreatedBy is the name of the key that made it.
	CreatedBy string `json:"createdBy"`
	// LastUsedAt is exact to a minute; absent: never.
	LastUsedAt *partnercenter.Time `json:"lastUsedAt,omitempty"`
	// RevokedAt is when it stopped being good; absent: it is good.
	RevokedAt *partnercenter.Time `json:"revokedAt,omitempty"`
	// Key is the key itself, in the answer that makes it and never again.
	Key string `json:"key,omitempty"`
}

// NewOperatorKey asks for a key.
//
// POST /operator/v1/keys
type NewOperatorKey struct {
	// Name is up to 64 letters, digits and . _ @ -; no two keys ever share one.
	Name string `json:"name"`
}

// OperatorFile is the file in the data directory of a provost dev that says how
// to open its operator's door.
const OperatorFile = "operator.json"

// OperatorAccess is what [OperatorFile] says.
type OperatorAccess struct {
	// URL is the address of the operator's door.
	URL string `json:"url"`
	// Key is what opens it, sent as a bearer token.
	Key string `json:"key"`
}
