/*
 * First program of a guest: a tmpfs over the read-only root, then systemd.
 *
 * In C and static, not a script: under TCG with a sanitized kernel each fork and exec of a shell's
 * commands costs a quarter of a second.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOP "/overlay"
#define ROOT TOP "/root"
#define LAYERS "lowerdir=/,upperdir=" TOP "/upper,workdir=" TOP "/work"
#define PORTS "/sys/class/virtio-ports"

static void must(int failed, const char *what)
{
	if (!failed)
		return;
	fprintf(stderr, "ringmark-init: %s: %s\n", what, strerror(errno));
	_exit(1); /* the kernel panics with our message above its own */
}

/* udev's 60-persistent-storage rules would make these links; the agent is there before udev is. */
static void link_ports(void)
{
	DIR *ports;
	struct dirent *port;
	char path[512], name[128], target[300];

	ports = opendir(PORTS);
	mkdir("/dev/virtio-ports", 0755);
	while (ports && (port = readdir(ports))) {
		ssize_t got;
		int fd;

		snprintf(path, sizeof(path), PORTS "/%s/name", port->d_name);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		got = read(fd, name, sizeof(name) - 1);
		close(fd);
		if (got <= 0)
			continue;
		name[got] = 0;
		name[strcspn(name, "\n/")] = 0;
		snprintf(path, sizeof(path), "/dev/virtio-ports/%s", name);
		snprintf(target, sizeof(target), "../%s", port->d_name);
		if (symlink(target, path))
			perror(path);
	}
	if (ports)
		closedir(ports);
}

int main(void)
{
	must(mount("sysfs", "/sys", "sysfs", 0, NULL), "sysfs");
	/* kmemleak and fault injection are there; systemd leaves alone what it finds mounted */
	must(mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL), "debugfs");
	link_ports();
	must(mount("tmpfs", TOP, "tmpfs", 0, "mode=755,size=50%"), "tmpfs");
	must(mkdir(TOP "/upper", 0755) || mkdir(TOP "/work", 0755) || mkdir(ROOT, 0755), "folders");
	must(mount("overlay", ROOT, "overlay", 0, LAYERS), "overlay");
	must(mount("/dev", ROOT "/dev", NULL, MS_MOVE, NULL), "move /dev");
	must(mount("/sys", ROOT "/sys", NULL, MS_MOVE, NULL), "move /sys");
	must(chdir(ROOT) || mount(".", "/", NULL, MS_MOVE, NULL) || chroot("."), "switch root");
	must(chdir("/"), "chdir");
	execl("/sbin/init", "/sbin/init", (char *)NULL);
	must(1, "exec /sbin/init");
	return 1;
}
