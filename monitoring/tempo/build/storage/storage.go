// Package storage stands in for the client of Google's object storage, which brings in the interface of Envoy: a seventh
// of all that is compiled for Tempo, whose traces our stack keeps on the disk. Chosen all the same
// (storage.trace.backend: gcs), Tempo refuses to start with ErrAbsent.
package storage

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/api/option"
)

// ErrAbsent is what each function returns.
var ErrAbsent = errors.New("this Tempo was built without Google's object storage: choose another storage.trace.backend")

// ErrObjectNotExist is never returned.
var ErrObjectNotExist = errors.New("storage: object doesn't exist")

const (
	ScopeReadWrite = "https://www.googleapis.com/auth/devstorage.read_write"
	RetryAlways    = RetryPolicy(0)
)

type (
	// RetryPolicy and RetryOption say when to try again.
	RetryPolicy int
	RetryOption struct{}

	// Client cannot be had: NewClient fails.
	Client struct{}

	BucketHandle   struct{}
	ObjectHandle   struct{}
	ObjectIterator struct{}
	BucketAttrs    struct{ VersioningEnabled bool }
	Copier         struct{}

	// Query says which objects to list.
	Query struct {
		Prefix, Delimiter, StartOffset, EndOffset string
		Versions                                  bool
	}

	// Conditions say of which generation an object is to be.
	Conditions struct {
		DoesNotExist    bool
		GenerationMatch int64
	}

	ObjectAttrs struct {
		Name, Prefix string
		Updated      time.Time
		Generation   int64
	}

	ReaderObjectAttrs struct {
		LastModified     time.Time
		Size, Generation int64
	}

	Reader struct {
		io.ReadCloser
		Attrs ReaderObjectAttrs
	}

	Writer struct {
		ChunkSize    int
		Metadata     map[string]string
		CacheControl string
	}
)

// NewClient returns ErrAbsent.
func NewClient(context.Context, ...option.ClientOption) (*Client, error) { return nil, ErrAbsent }

// WithJSONReads changes nothing.
func WithJSONReads() option.ClientOption { return option.WithScopes(ScopeReadWrite) }

func WithBackoff[T any](T) RetryOption      { return RetryOption{} }
func WithPolicy(RetryPolicy) RetryOption    { return RetryOption{} }
func (*Client) Bucket(string) *BucketHandle { return nil }

func (*BucketHandle) Attrs(context.Context) (*BucketAttrs, error)     { return nil, ErrAbsent }
func (*BucketHandle) Object(string) *ObjectHandle                     { return nil }
func (*BucketHandle) Objects(context.Context, *Query) *ObjectIterator { return nil }
func (*ObjectIterator) Next() (*ObjectAttrs, error)                   { return nil, ErrAbsent }
func (*ObjectHandle) If(Conditions) *ObjectHandle                     { return nil }
func (*ObjectHandle) Retryer(...RetryOption) *ObjectHandle            { return nil }
func (*ObjectHandle) CopierFrom(*ObjectHandle) *Copier                { return nil }
func (*ObjectHandle) Attrs(context.Context) (*ObjectAttrs, error)     { return nil, ErrAbsent }
func (*ObjectHandle) Delete(context.Context) error                    { return ErrAbsent }
func (*ObjectHandle) NewReader(context.Context) (*Reader, error)      { return nil, ErrAbsent }
func (*ObjectHandle) NewWriter(context.Context) *Writer               { return nil }
func (*Copier) Run(context.Context) (*ObjectAttrs, error)             { return nil, ErrAbsent }
func (*Writer) Write([]byte) (int, error)                             { return 0, ErrAbsent }
func (*Writer) Close() error                                          { return ErrAbsent }
func (*Writer) Attrs() *ObjectAttrs                                   { return nil }

// NewRangeReader returns ErrAbsent.
func (*ObjectHandle) NewRangeReader(context.Context, int64, int64) (*Reader, error) {
	return nil, ErrAbsent
}
