/*
 * torture-grudging BACKING MOUNT REPORT RULE...: a file system that shows what lies in the
 * directory BACKING, and refuses the calls that the rules name (see rules.h), as file systems of
 * networks, phones, archives and clouds do. When it is unmounted it tells in REPORT how often it
 * did. Stays in the foreground; prints `ready` when it is mounted. Root only: each user creates
 * files of its own.
 */
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "rules.h"

/* What a call returned, as libfuse wants it. */
static int answer(ssize_t result) {
  return result == -1 ? -errno : (int)result;
}

#define REFUSE(call)                   \
  do {                                 \
    const int refused = refusal(call); \
    if (refused != 0) return refused;  \
  } while (0)

static int backing = -1;

/* A path of the mount as seen from the directory behind it, where the process stands. */
static const char* below(const char* path) {
  return path[1] == '\0' ? "." : path + 1;
}

static int fd_of(const struct fuse_file_info* info) {
  return (int)info->fh;
}

static void* on_mount(struct fuse_conn_info* connection, struct fuse_config* config) {
  (void)connection;
  /* Only now: libfuse goes to the root directory before. */
  if (fchdir(backing) == -1) abort();
  config->use_ino = 1;
  config->nullpath_ok = 1;
  config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
  puts("ready");
  fflush(stdout);
  return NULL;
}

static int do_getattr(const char* path, struct stat* status, struct fuse_file_info* info) {
  if (info != NULL) return answer(fstat(fd_of(info), status));
  return answer(lstat(below(path), status));
}

static int do_access(const char* path, int mode) {
  REFUSE("access");
  return answer(access(below(path), mode));
}

static int do_opendir(const char* path, struct fuse_file_info* info) {
  DIR* const directory = opendir(below(path));
  if (directory == NULL) return -errno;
  info->fh = (uint64_t)(uintptr_t)directory;
  return 0;
}

static DIR* directory_of(const struct fuse_file_info* info) {
  return (DIR*)(uintptr_t)info->fh;
}

static int do_readdir(const char* path, void* buffer, fuse_fill_dir_t fill, off_t offset,
                      struct fuse_file_info* info, enum fuse_readdir_flags flags) {
  (void)path;
  (void)offset;
  (void)flags;
  rewinddir(directory_of(info));
  for (struct dirent* entry; (entry = readdir(directory_of(info))) != NULL;)
    if (fill(buffer, entry->d_name, NULL, 0, 0) != 0) break;
  return 0;
}

static int do_releasedir(const char* path, struct fuse_file_info* info) {
  (void)path;
  return answer(closedir(directory_of(info)));
}

static int do_open(const char* path, struct fuse_file_info* info) {
  if ((info->flags & O_ACCMODE) != O_RDONLY) REFUSE("open_write");
  const int fd = open(below(path), info->flags & ~(O_NOFOLLOW | O_CREAT));
  if (fd == -1) return -errno;
  info->fh = (uint64_t)fd;
  return 0;
}

static int do_create(const char* path, mode_t mode, struct fuse_file_info* info) {
  REFUSE("create");
  const int fd = open(below(path), info->flags | O_CREAT, mode);
  if (fd == -1) return -errno;
  info->fh = (uint64_t)fd;
  const struct fuse_context* const caller = fuse_get_context();
  return answer(fchown(fd, caller->uid, caller->gid));
}

static int do_release(const char* path, struct fuse_file_info* info) {
  (void)path;
  return answer(close(fd_of(info)));
}

static int do_read(const char* path, char* to, size_t size, off_t offset,
                   struct fuse_file_info* info) {
  (void)path;
  REFUSE("read");
  return answer(pread(fd_of(info), to, size, offset));
}

static int do_write(const char* path, const char* from, size_t size, off_t offset,
                    struct fuse_file_info* info) {
  (void)path;
  const ssize_t room = room_for(size, offset);
  if (room < 0) return (int)room;
  return answer(pwrite(fd_of(info), from, (size_t)room, offset));
}

static int do_fallocate(const char* path, int mode, off_t offset, off_t size,
                        struct fuse_file_info* info) {
  (void)path;
  REFUSE("fallocate");
  return answer(fallocate(fd_of(info), mode, offset, size));
}

static int do_flush(const char* path, struct fuse_file_info* info) {
  (void)path;
  (void)info;
  REFUSE("flush");
  return 0;
}

static int do_fsync(const char* path, int only_data, struct fuse_file_info* info) {
  (void)path;
  (void)only_data;
  (void)info;
  REFUSE("fsync");
  return 0;
}

static int do_fsyncdir(const char* path, int only_data, struct fuse_file_info* info) {
  (void)path;
  (void)only_data;
  (void)info;
  REFUSE("fsyncdir");
  return 0;
}

/* The names that libfuse gives to open files whose own name is taken away. */
static int is_hidden(const char* path) {
  return strstr(path, "/.fuse_hidden") != NULL;
}

static int do_rename(const char* from, const char* to, unsigned flags) {
  if (is_hidden(to)) return answer(rename(below(from), below(to)));
  if (flags == 0) REFUSE("rename");
  if ((flags & RENAME_EXCHANGE) != 0) REFUSE("exchange");
  if ((flags & RENAME_NOREPLACE) != 0) REFUSE("noreplace");
  return answer(renameat2(AT_FDCWD, below(from), AT_FDCWD, below(to), flags));
}

static int do_link(const char* from, const char* to) {
  REFUSE("link");
  return answer(link(below(from), below(to)));
}

static int do_unlink(const char* path) {
  if (!is_hidden(path)) REFUSE("unlink");
  return answer(unlink(below(path)));
}

static int do_chmod(const char* path, mode_t mode, struct fuse_file_info* info) {
  REFUSE("chmod");
  return answer(info != NULL ? fchmod(fd_of(info), mode) : chmod(below(path), mode));
}

static int do_chown(const char* path, uid_t user, gid_t group, struct fuse_file_info* info) {
  REFUSE("chown");
  return answer(info != NULL ? fchown(fd_of(info), user, group) : lchown(below(path), user, group));
}

static int do_truncate(const char* path, off_t size, struct fuse_file_info* info) {
  REFUSE("truncate");
  return answer(info != NULL ? ftruncate(fd_of(info), size) : truncate(below(path), size));
}

static int do_utimens(const char* path, const struct timespec times[2],
                      struct fuse_file_info* info) {
  REFUSE("utimens");
  return answer(info != NULL ? futimens(fd_of(info), times)
                             : utimensat(AT_FDCWD, below(path), times, AT_SYMLINK_NOFOLLOW));
}

static int do_statfs(const char* path, struct statvfs* ret_status) {
  (void)path;
  REFUSE("statfs");
  return answer(fstatvfs(backing, ret_status));
}

static int do_setxattr(const char* path, const char* name, const char* value, size_t size,
                       int flags) {
  REFUSE("setxattr");
  return answer(lsetxattr(below(path), name, value, size, flags));
}

static int do_getxattr(const char* path, const char* name, char* value, size_t size) {
  REFUSE("getxattr");
  return answer(lgetxattr(below(path), name, value, size));
}

static int do_listxattr(const char* path, char* list, size_t size) {
  REFUSE("listxattr");
  return answer(llistxattr(below(path), list, size));
}

static int do_removexattr(const char* path, const char* name) {
  REFUSE("removexattr");
  return answer(lremovexattr(below(path), name));
}

static int do_flock(const char* path, struct fuse_file_info* info, int operation) {
  (void)path;
  REFUSE("flock");
  return answer(flock(fd_of(info), operation));
}

static const struct fuse_operations kCalls = {
    .init = on_mount,
    .getattr = do_getattr,
    .access = do_access,
    .opendir = do_opendir,
    .readdir = do_readdir,
    .releasedir = do_releasedir,
    .open = do_open,
    .create = do_create,
    .release = do_release,
    .read = do_read,
    .write = do_write,
    .fallocate = do_fallocate,
    .flush = do_flush,
    .fsync = do_fsync,
    .fsyncdir = do_fsyncdir,
    .rename = do_rename,
    .link = do_link,
    .unlink = do_unlink,
    .chmod = do_chmod,
    .chown = do_chown,
    .truncate = do_truncate,
    .utimens = do_utimens,
    .statfs = do_statfs,
    .setxattr = do_setxattr,
    .getxattr = do_getxattr,
    .listxattr = do_listxattr,
    .removexattr = do_removexattr,
    .flock = do_flock,
};

int main(int argc, char** argv) {
  if (argc < 4) {
    fputs("torture-grudging: see its source for its arguments\n", stderr);
    return 2;
  }
  for (int i = 4; i < argc; ++i) {
    if (!rules_add(argv[i])) {
      fprintf(stderr, "torture-grudging: no rule: %s\n", argv[i]);
      return 2;
    }
  }
  backing = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (backing == -1) {
    perror(argv[1]);
    return 2;
  }
  umask(0);
  /* A test that is killed leaves no mount behind. */
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  char* words[] = {argv[0], "-f", "-o", "default_permissions,allow_other,fsname=grudging", argv[2]};
  const int status = fuse_main(5, words, &kCalls, NULL);
  rules_report(argv[3]);
  return status;
}
