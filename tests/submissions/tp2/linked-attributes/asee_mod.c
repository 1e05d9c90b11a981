/* attributes are device attributes of the class device, symlinked into /sys/kernel/asee_mod; in-place grow/shrink of a ring with krealloc */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/fs.h>
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>
static DEFINE_MUTEX(m); static char *b; static int size = 16, r, w, n; /* w==r: empty or full, n tells */
static int mj; static struct class *cl; static struct device *dv; static struct kobject *ko;
static ssize_t asee_buf_size_show(struct device *d, struct device_attribute *a, char *o) { return sysfs_emit(o, "%d\n", size); }
static ssize_t asee_buf_count_show(struct device *d, struct device_attribute *a, char *o) { return sysfs_emit(o, "%d\n", n); }
static ssize_t asee_buf_size_store(struct device *d, struct device_attribute *a, const char *o, size_t l)
{
	int v, e = kstrtoint(o, 10, &v); char *p;
	if (e) return e;
	if (v < 1 || v > 4096) return -EINVAL;
	mutex_lock(&m);
	if (v < n) { e = -EINVAL; goto out; }
	if (v > size) {
		p = krealloc(b, v, GFP_KERNEL);
		if (!p) { e = -ENOMEM; goto out; }
		b = p;
		if (n && w <= r) { /* wrapped: move the upper part to the new end */
			int up = size - r;
			memmove(b + v - up, b + r, up); r = v - up;
		}
		if (!n) r = w = 0;
	} else if (v < size) {
		if (!n) r = w = 0;
		else if (w <= r) { int up = size - r; memmove(b + v - up, b + r, up); r = v - up; }
		else if (w > v) { memmove(b, b + r, n); r = 0; w = n; }
		/* w may be v */
		w %= v; r %= v;
		p = krealloc(b, v, GFP_KERNEL); if (p) b = p;
	}
	size = v;
	w = (r + n) % size;
out:	mutex_unlock(&m);
	return e ? e : l;
}
static DEVICE_ATTR_RW(asee_buf_size); static DEVICE_ATTR_RO(asee_buf_count);
static ssize_t rd(struct file *f, char __user *u, size_t l, loff_t *o)
{
	size_t i;
	mutex_lock(&m);
	for (i = 0; i < l && n; i++) { if (put_user(b[r], u + i)) { i = -EFAULT; break; } r = (r + 1) % size; n--; }
	mutex_unlock(&m);
	return i;
}
static ssize_t wr(struct file *f, const char __user *u, size_t l, loff_t *o)
{
	size_t i;
	mutex_lock(&m);
	for (i = 0; i < l; i++) { char c; if (get_user(c, u + i)) { i = -EFAULT; break; } if (n == size) { r = (r + 1) % size; n--; } b[w] = c; w = (w + 1) % size; n++; }
	mutex_unlock(&m);
	return i;
}
static const struct file_operations fo = { .owner = THIS_MODULE, .read = rd, .write = wr };
static int __init i(void)
{
	int e;
	b = kmalloc(size, GFP_KERNEL); if (!b) return -ENOMEM;
	mj = register_chrdev(0, "asee_mod", &fo);
	cl = class_create("asee"); dv = device_create(cl, NULL, MKDEV(mj, 0), NULL, "asee_mod");
	e = device_create_file(dv, &dev_attr_asee_buf_size) ?: device_create_file(dv, &dev_attr_asee_buf_count);
	if (e) return e;
	ko = kobject_create_and_add("asee_mod", kernel_kobj);
	e = compat_only_sysfs_link_entry_to_kobj(ko, &dv->kobj, "asee_buf_size", NULL);
	if (!e) e = compat_only_sysfs_link_entry_to_kobj(ko, &dv->kobj, "asee_buf_count", NULL);
	return e;
}
static void __exit x(void)
{
	sysfs_remove_link(ko, "asee_buf_size"); sysfs_remove_link(ko, "asee_buf_count"); kobject_put(ko);
	device_destroy(cl, MKDEV(mj, 0)); class_destroy(cl); unregister_chrdev(mj, "asee_mod"); kfree(b);
}
module_init(i); module_exit(x); MODULE_LICENSE("GPL");
