// Package sqlite stands in for the one that Loki can keep its requests for deletion in. SQLite translated to Go takes a
// ninth of all that is compiled for Loki; our Loki keeps them in BoltDB, as it does by itself. Chosen all the same
// (compactor.delete_request_store_db_type: sqlite), it refuses to start with ErrAbsent.
package sqlite

import "errors"

// ErrAbsent is what each function returns.
var ErrAbsent = errors.New("this Loki was built without SQLite: leave delete_request_store_db_type at boltdb")

// OpenFlags says how a database is to be opened.
type OpenFlags uint

const (
	OpenReadWrite OpenFlags = 1 << iota
	OpenCreate
)

// Conn would be a connection.
type Conn struct{}

// OpenConn opens nothing.
func OpenConn(string, ...OpenFlags) (*Conn, error) { return nil, ErrAbsent }

func (*Conn) Changes() int { return 0 }
func (*Conn) Close() error { return ErrAbsent }

// Backup would be a copy that is being made.
type Backup struct{}

// NewBackup begins nothing.
func NewBackup(*Conn, string, *Conn, string) (*Backup, error) { return nil, ErrAbsent }

func (*Backup) Step(int) (bool, error) { return false, ErrAbsent }
func (*Backup) Close() error           { return ErrAbsent }

// Stmt would be a row of a result.
type Stmt struct{}

func (*Stmt) ColumnInt(int) int     { return 0 }
func (*Stmt) GetInt64(string) int64 { return 0 }
func (*Stmt) GetText(string) string { return "" }
