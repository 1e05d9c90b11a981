/* kset as folder, roundup_pow_of_two ring with masks + separate limit, resize done lazily at the next read/write, spinlock with bounce */
#include <linux/module.h>
#include <linux/kobject.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/uaccess.h>
static struct kset *ks; static DEFINE_MUTEX(mu); static unsigned char *ring; static unsigned mask; static unsigned in, out; static unsigned lim = 16;
static int fit(void)
{
	unsigned want = roundup_pow_of_two(lim), i; unsigned char *p;
	if (want == mask + 1 && ring) return 0;
	p = kmalloc(want, GFP_KERNEL); if (!p) return -ENOMEM;
	for (i = out; i != in; i++) p[i & (want - 1)] = ring[i & mask];
	kfree(ring); ring = p; mask = want - 1;
	return 0;
}
static ssize_t rd(struct file *f, char __user *u, size_t n, loff_t *o)
{
	ssize_t r = 0; int e;
	mutex_lock(&mu);
	e = fit(); if (e) { mutex_unlock(&mu); return e; }
	while (r < n && out != in) { if (put_user(ring[out & mask], (unsigned char __user *)u + r)) { if (!r) r = -EFAULT; break; } out++; r++; }
	mutex_unlock(&mu);
	return r;
}
static ssize_t wr(struct file *f, const char __user *u, size_t n, loff_t *o)
{
	ssize_t r = 0; int e; unsigned char c;
	mutex_lock(&mu);
	e = fit(); if (e) { mutex_unlock(&mu); return e; }
	while (r < n) { if (get_user(c, (unsigned char __user *)u + r)) { if (!r) r = -EFAULT; break; } ring[in++ & mask] = c; if (in - out > lim) out = in - lim; r++; }
	mutex_unlock(&mu);
	return r;
}
static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *a, char *b) { return scnprintf(b, PAGE_SIZE, "%u\n", lim); }
static ssize_t asee_buf_size_store(struct kobject *k, struct kobj_attribute *a, const char *b, size_t n)
{
	int e; long long v; char *s = kstrndup(b, n, GFP_KERNEL);
	if (!s) return -ENOMEM;
	e = kstrtoll(strim(s), 10, &v); kfree(s);
	if (e) return e;
	if (v <= 0 || v > 8192) return -EINVAL;
	mutex_lock(&mu);
	if (v >= in - out) lim = v; else { e = -EINVAL; pr_err("asee_mod: refus %lld\n", v); }
	mutex_unlock(&mu);
	return e ? e : n;
}
static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *a, char *b) { return scnprintf(b, PAGE_SIZE, "%u\n", in - out); }
static struct kobj_attribute s = __ATTR_RW_MODE(asee_buf_size, 0600), c = __ATTR_RO_MODE(asee_buf_count, 0400);
static const struct file_operations fo = { .owner = THIS_MODULE, .read = rd, .write = wr };
static struct miscdevice md = { .minor = MISC_DYNAMIC_MINOR, .name = "asee_mod", .fops = &fo, .mode = 0666 };
static int __init i(void)
{
	int e;
	ks = kset_create_and_add("asee_mod", NULL, kernel_kobj); if (!ks) return -ENOMEM;
	e = sysfs_create_file(&ks->kobj, &s.attr) ?: sysfs_create_file(&ks->kobj, &c.attr) ?: misc_register(&md);
	if (e) kset_unregister(ks);
	return e;
}
static void __exit x(void) { misc_deregister(&md); kset_unregister(ks); kfree(ring); }
module_init(i); module_exit(x); MODULE_LICENSE("GPL");
