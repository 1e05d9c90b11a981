/* kfifo-less: two halves; head/tail with a 'full' flag, vmalloc, simple loops, param for initial size, strips newline, sscanf on a validated string */
#include <linux/module.h>
#include <linux/vmalloc.h>
#include <linux/ctype.h>
#include <linux/fs.h>
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/uaccess.h>
static int size = 16; module_param(size, int, 0444);
static char *p; static int head, tail; static bool full;
static int maj; static struct class *c; static struct kobject *k;
static int nb(void) { if (full) return size; return head >= tail ? head - tail : size - tail + head; }
static void put(char x) { p[head] = x; head++; if (head == size) head = 0; if (full) tail = head; full = head == tail; }
static char get(void) { char x = p[tail]; if (++tail == size) tail = 0; full = false; return x; }
static ssize_t rd(struct file *f, char __user *u, size_t n, loff_t *o)
{
	size_t i, m = min_t(size_t, n, nb());
	if (!access_ok(u, n)) return -EFAULT;
	for (i = 0; i < m; i++) { char x = get(); if (__copy_to_user(u + i, &x, 1)) return i ? i : -EFAULT; }
	return m;
}
static ssize_t wr(struct file *f, const char __user *u, size_t n, loff_t *o)
{
	size_t i; char x;
	for (i = 0; i < n; i++) { if (copy_from_user(&x, u + i, sizeof(char))) return -EFAULT; if (!(x == 10 && i + 1 == n)) put(x); }
	return n;
}
static ssize_t ss(struct kobject *o, struct kobj_attribute *a, char *b) { return sprintf(b, "%d\n", size); }
static ssize_t sc(struct kobject *o, struct kobj_attribute *a, char *b) { return sprintf(b, "%d\n", nb()); }
static ssize_t st(struct kobject *o, struct kobj_attribute *a, const char *b, size_t n)
{
	size_t i, l = n; int v, old = nb(), j; char *q;
	if (l && b[l - 1] == '\n') l--;
	if (l == 0 || l > 5) return -EINVAL;
	v = simple_strtol(b, NULL, 10);
	if (v < 0) return -EINVAL;
	if (v == 0) { if (old) return -EINVAL; v = 16; }
	if (v < old) { pr_err("trop petit\n"); return -EINVAL; }
	q = vmalloc(v); if (!q) return -ENOMEM;
	for (j = 0; j < old; j++) q[j] = get();
	vfree(p); p = q; size = v; tail = 0; head = old == v ? 0 : old; full = old == v;
	return n;
}
static struct kobj_attribute as = __ATTR(asee_buf_size, 0644, ss, st), ac = __ATTR(asee_buf_count, 0444, sc, NULL);
static struct file_operations fo = { .read = rd, .write = wr, .owner = THIS_MODULE };
static int __init i(void)
{
	if (size < 1) return -EINVAL;
	p = vmalloc(size); maj = register_chrdev(0, "asee_mod", &fo); c = class_create("c_asee"); device_create(c, NULL, MKDEV(maj, 0), NULL, "asee_mod");
	k = kobject_create_and_add("asee_mod", kernel_kobj);
	return sysfs_create_file(k, &as.attr) | sysfs_create_file(k, &ac.attr);
}
static void __exit x(void) { kobject_put(k); device_destroy(c, MKDEV(maj, 0)); class_destroy(c); unregister_chrdev(maj, "asee_mod"); vfree(p); }
module_init(i); module_exit(x); MODULE_LICENSE("GPL");
