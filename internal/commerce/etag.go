package commerce

import (
	"encoding/base64"
	"fmt"
	"strings"

	"provost/partnercenter"
)

// attributes are those of a resource with concurrency control.
func (s *Service) attributes(objectType, id string, version int64, legacy bool) partnercenter.ResourceAttributes {
	attributes := partnercenter.ResourceAttributes{ObjectType: objectType}
	if legacy || !s.LegacyETagsOnly {
		attributes.ETag = etag(id, version)
	}
	return attributes
}

// etag stands for one version of a resource, in the form of the documents'
// examples (reference 7.6).
func etag(id string, version int64) *string {
	text := fmt.Sprintf(`{"id":"%s","version":%d}`, strings.ToLower(id), version)
	tag := base64.StdEncoding.EncodeToString([]byte(text))
	return &tag
}
