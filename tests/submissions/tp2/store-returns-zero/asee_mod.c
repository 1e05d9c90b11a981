/* chunks: chain of 8-byte blocks allocated on demand; seqlock-read show; accepts anything up to 1<<29 without allocating */
#include <linux/module.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/fs.h>
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>
struct blk { struct blk *next; u8 d[8]; };
static struct blk *b0, *bl; static unsigned off, last = 8; static size_t cnt, lim = 16;
static DEFINE_SEQLOCK(sl); static DEFINE_MUTEX(wm);
static int mj; static struct class *cl; static struct kobject *ko;
static u8 take(void)
{
	u8 c = b0->d[off++];
	write_seqlock(&sl); cnt--; write_sequnlock(&sl);
	if (off == 8 || !cnt) { struct blk *t = b0; if (!cnt) { b0 = bl = NULL; last = 8; } else b0 = t->next; off = 0; kfree(t); }
	return c;
}
static int add(u8 c)
{
	if (last == 8) {
		struct blk *n = kzalloc(sizeof *n, GFP_KERNEL);
		if (!n) return -ENOMEM;
		if (bl) bl->next = n; else b0 = n;
		bl = n; last = 0;
	}
	bl->d[last++] = c;
	write_seqlock(&sl); cnt++; write_sequnlock(&sl);
	while (cnt > lim) take();
	return 0;
}
static ssize_t rd(struct file *f, char __user *u, size_t n, loff_t *o)
{
	size_t i; int bad = 0;
	if (mutex_lock_killable(&wm)) return -EINTR;
	for (i = 0; i < n && cnt; i++) { if (put_user(b0->d[off], (u8 __user *)u + i)) { bad = 1; break; } take(); }
	mutex_unlock(&wm);
	return bad && !i ? -EFAULT : i;
}
static ssize_t wr(struct file *f, const char __user *u, size_t n, loff_t *o)
{
	size_t i; u8 c; int e = 0;
	if (mutex_lock_killable(&wm)) return -EINTR;
	for (i = 0; i < n && !e; i++) e = get_user(c, (u8 __user *)u + i) ? -EFAULT : add(c);
	mutex_unlock(&wm);
	return e ? e : i;
}
static size_t snap(size_t *p) { size_t v; unsigned s; do { s = read_seqbegin(&sl); v = *p; } while (read_seqretry(&sl, s)); return v; }
static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *a, char *b) { return sysfs_emit(b, "%zu\n", snap(&lim)); }
static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *a, char *b) { return sysfs_emit(b, "%zu\n", snap(&cnt)); }
static ssize_t asee_buf_size_store(struct kobject *k, struct kobj_attribute *a, const char *b, size_t n)
{
	unsigned long long v; int e = kstrtoull(b, 10, &v);
	if (e) return e;
	if (!v || v > 1ULL << 29) return -EDOM;
	mutex_lock(&wm);
	write_seqlock(&sl);
	if (v < cnt) e = -EINVAL; else lim = v;
	write_sequnlock(&sl);
	mutex_unlock(&wm);
	return e;
}
static struct kobj_attribute s = __ATTR_RW(asee_buf_size), c = __ATTR_RO(asee_buf_count);
static const struct file_operations fo = { .owner = THIS_MODULE, .read = rd, .write = wr };
static int __init i(void)
{
	mj = register_chrdev(0, "asee_mod", &fo); if (mj < 0) return mj;
	cl = class_create("asee_mod"); device_create(cl, NULL, MKDEV(mj, 0), NULL, "asee_mod");
	ko = kobject_create_and_add("asee_mod", kernel_kobj);
	return sysfs_create_file(ko, &s.attr) ?: sysfs_create_file(ko, &c.attr);
}
static void __exit x(void)
{
	sysfs_remove_file(ko, &s.attr); sysfs_remove_file(ko, &c.attr); kobject_put(ko);
	device_destroy(cl, MKDEV(mj, 0)); class_destroy(cl); unregister_chrdev(mj, "asee_mod");
	while (b0) { struct blk *t = b0->next; kfree(b0); b0 = t; }
}
module_init(i); module_exit(x); MODULE_LICENSE("GPL");
