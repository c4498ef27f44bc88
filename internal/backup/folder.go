package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/touchline-sync/touchline/internal/postgres"
)

// Copy writes the folder of a private server to a file. The server must not run.
func Copy(ctx context.Context, o postgres.Options, file string) error {
	return postgres.WithFolder(ctx, o, func(f postgres.Folder) error {
		if _, err := os.Stat(filepath.Join(f.Cluster, "PG_VERSION")); err != nil {
			return fmt.Errorf("%s holds no database", f.Cluster)
		}
		return written(file, func(out io.Writer) error { return pack(ctx, f.Cluster, out) })
	})
}

// Replace puts a copy in the place of a private server's folder, and answers where what
// was there has been put, "" when nothing was. The server must not run.
func Replace(ctx context.Context, o postgres.Options, file string) (aside string, err error) {
	in, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer func() { _ = in.Close() }()
	err = postgres.WithFolder(ctx, o, func(f postgres.Folder) error {
		fresh := f.Cluster + ".new"
		if err := os.RemoveAll(fresh); err != nil {
			return err
		}
		if err := unpack(ctx, in, fresh, f.Own); err != nil {
			return fmt.Errorf("%s is no whole copy of a database: %w", file, err)
		}
		if aside, err = f.Aside(); err != nil {
			return err
		}
		return os.Rename(fresh, f.Cluster)
	})
	return aside, err
}

// pack writes all files below a folder.
func pack(ctx context.Context, dir string, out io.Writer) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	zip := gzip.NewWriter(out)
	w := tar.NewWriter(zip)
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if name == "." || name == "postmaster.pid" {
			return nil
		}
		info, err := d.Info()
		switch {
		case err != nil:
			return err
		case !info.IsDir() && !info.Mode().IsRegular():
			return fmt.Errorf("%s is neither a file nor a folder, and cannot be copied", name)
		}
		header := &tar.Header{Name: name, Mode: int64(info.Mode().Perm()), ModTime: info.ModTime(), Typeflag: tar.TypeDir}
		if info.IsDir() {
			return w.WriteHeader(header)
		}
		header.Typeflag, header.Size = tar.TypeReg, info.Size()
		if err := w.WriteHeader(header); err != nil {
			return err
		}
		f, err := root.Open(name)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, f)
		return errors.Join(err, f.Close())
	})
	return errors.Join(err, w.Close(), zip.Close())
}

// unpack makes the files of a copy below a folder that is made. own gives each to the
// server's user.
func unpack(ctx context.Context, in io.Reader, dir string, own func(*os.Root, string) error) error {
	zip, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	if err := own(root, "."); err != nil {
		return err
	}
	for r := tar.NewReader(zip); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			_, err := root.Stat("PG_VERSION")
			return err
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		switch header.Typeflag {
		case tar.TypeDir:
			err = root.Mkdir(header.Name, 0o700)
		case tar.TypeReg:
			err = unpackFile(r, root, header.Name)
		default:
			err = errors.New("it holds what is neither a file nor a folder")
		}
		if err == nil {
			err = own(root, header.Name)
		}
		if err != nil {
			return err
		}
	}
}

// unpackFile makes one file; one outside of the folder is refused.
func unpackFile(r io.Reader, dir *os.Root, name string) error {
	f, err := dir.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}
