// Package sqlitex stands in for the pool and the helpers of SQLite: see the package above it.
package sqlitex

import (
	"context"

	"zombiezen.com/go/sqlite"
)

// Pool would hold connections; there is never one, since NewPool fails.
type Pool struct{}

// PoolOptions are those of NewPool.
type PoolOptions struct{}

// NewPool returns sqlite.ErrAbsent.
func NewPool(string, PoolOptions) (*Pool, error) { return nil, sqlite.ErrAbsent }

func (*Pool) Take(context.Context) (*sqlite.Conn, error) { return nil, sqlite.ErrAbsent }
func (*Pool) Put(*sqlite.Conn)                           {}
func (*Pool) Close() error                               { return sqlite.ErrAbsent }

// ExecOptions are those of Execute.
type ExecOptions struct {
	Args       []any
	Named      map[string]any
	ResultFunc func(*sqlite.Stmt) error
}

// Execute returns sqlite.ErrAbsent.
func Execute(*sqlite.Conn, string, *ExecOptions) error { return sqlite.ErrAbsent }

// Transaction begins nothing, and what it returns ends nothing.
func Transaction(*sqlite.Conn) func(*error) { return func(*error) {} }
