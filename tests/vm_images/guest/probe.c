/*
 * First program of a test guest: loads line11.ko, raises the interrupt in several ways on each processor and
 * prints, per try, what /proc/interrupts and the handler counted: "PROBE <try> <line> <handler>".
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The sum over all processors of a line of /proc/interrupts; -1 if it is not there. */
static long line_11(void)
{
	char line[512];
	long sum = -1;
	FILE *file = fopen("/proc/interrupts", "r");

	while (file && fgets(line, sizeof(line), file)) {
		char *at = line, *end;

		if (strtol(line, &at, 10) != 11 || *at != ':')
			continue;
		sum = 0;
		for (at++;; at = end) {
			long n = strtol(at, &end, 10);

			if (end == at)
				break;
			sum += n;
		}
	}
	if (file)
		fclose(file);
	return sum;
}

static long handled(void)
{
	char text[32] = "";
	int fd = open("/dev/line11", O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return -1;
	close(fd);
	return atol(text);
}

static void load(const char *options)
{
	int fd = open("/line11.ko", O_RDONLY);

	if (syscall(SYS_finit_module, fd, options, 0))
		perror("PROBE-FAILED finit_module");
	close(fd);
}

static void unload(void)
{
	if (syscall(SYS_delete_module, "line11", O_NONBLOCK))
		perror("PROBE-FAILED delete_module");
}

static void raise_on(int cpu, char how)
{
	cpu_set_t set;
	int fd;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		perror("PROBE-FAILED affinity");
	fd = open("/dev/line11", O_WRONLY);
	if (fd < 0 || write(fd, &how, 1) != 1)
		perror("PROBE-FAILED write");
	close(fd);
}

int main(void)
{
	static const char hows[] = "bv";
	char text[4096];
	ssize_t n;
	int fd, round;

	mount("proc", "/proc", "proc", 0, NULL);
	setvbuf(stdout, NULL, _IONBF, 0);
	printf("PROBE before %ld 0\n", line_11());
	for (round = 0; round < 2; round++) {
		load("");
		for (int cpu = 0; cpu < 2; cpu++)
			for (const char *how = hows; *how; how++)
				for (int i = 0; i < 3; i++) {
					long line = line_11(), count = handled();

					raise_on(cpu, *how);
					printf("PROBE %d-%c-%d %ld %ld\n", cpu, *how, round,
					       line_11() - line, handled() - count);
				}
		unload();
	}
	load("early=1");
	printf("PROBE early 0 %ld\n", handled());
	raise_on(0, 'b');
	printf("PROBE early-then 0 %ld\n", handled());
	unload();
	printf("PROBE after %ld 0\n", line_11());
	fd = open("/proc/interrupts", O_RDONLY);
	while ((n = read(fd, text, sizeof(text))) > 0)
		fwrite(text, 1, n, stdout);
	printf("PROBE end 0 0\n");
	sync();
	reboot(RB_AUTOBOOT);
	return 0;
}
