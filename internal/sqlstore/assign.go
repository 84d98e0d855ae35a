package sqlstore

import (
	"bytes"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"reflect"
)

// assignAll gives what SQLite has found to what it was asked for.
func assignAll(into []any, values []driver.Value) error {
	if len(into) != len(values) {
		return fmt.Errorf("read %d columns as %d", len(values), len(into))
	}
	for i, from := range values {
		if err := assign(into[i], from); err != nil {
			return fmt.Errorf("read column %d: %w", i+1, err)
		}
	}
	return nil
}

// assign does what database/sql does with the few types of this package, the
// commonest first.
func assign(into any, from driver.Value) error {
	switch to := into.(type) {
	case *string:
		if text, ok := from.(string); ok {
			*to = text
			return nil
		}
	case *int:
		if number, ok := from.(int64); ok && int64(int(number)) == number {
			*to = int(number)
			return nil
		}
	case *int64:
		if number, ok := from.(int64); ok {
			*to = number
			return nil
		}
	case *bool:
		if number, ok := from.(int64); ok {
			*to = number != 0
			return nil
		}
	case **string:
		return assignPointer(to, from)
	case **int:
		return assignPointer(to, from)
	case **bool:
		return assignPointer(to, from)
	case **instant:
		return assignPointer(to, from)
	case sql.Scanner:
		return to.Scan(from)
	case *any:
		*to = from
		return nil
	case *[]byte:
		switch bare := from.(type) {
		case nil:
			*to = nil
			return nil
		case []byte:
			*to = bytes.Clone(bare)
			return nil
		}
	default:
		return assignKind(reflect.ValueOf(into).Elem(), from)
	}
	return unfit(reflect.TypeOf(into).Elem(), from)
}

// assignPointer is for columns that can be NULL.
func assignPointer[T any](to **T, from driver.Value) error {
	if from == nil {
		*to = nil
		return nil
	}
	*to = new(T)
	return assign(*to, from)
}

// assignKind is for types with a name of their own.
func assignKind(to reflect.Value, from driver.Value) error {
	if text, ok := from.(string); ok && to.Kind() == reflect.String {
		to.SetString(text)
		return nil
	}
	return unfit(to.Type(), from)
}

func unfit(to reflect.Type, from driver.Value) error {
	return fmt.Errorf("%T is no %v", from, to)
}
