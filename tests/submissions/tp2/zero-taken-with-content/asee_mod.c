/* list of nodes, size is only a limit; sizes up to 2^30-1; strips newline; 0 accepted when empty (channel then swallows) */
#include <linux/module.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/miscdevice.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>
struct nd { struct list_head l; char c; };
static LIST_HEAD(h); static unsigned long sz = 16, ct; static DEFINE_MUTEX(m); static struct kobject *ko;
static void pop(void) { struct nd *x = list_first_entry(&h, struct nd, l); list_del(&x->l); kfree(x); ct--; }
static ssize_t rd(struct file *f, char __user *u, size_t n, loff_t *o)
{
	ssize_t r = 0;
	mutex_lock(&m);
	for (; r < n && !list_empty(&h); r++) { if (put_user(list_first_entry(&h, struct nd, l)->c, u + r)) { r = r ?: -EFAULT; break; } pop(); }
	mutex_unlock(&m);
	return r;
}
static ssize_t wr(struct file *f, const char __user *u, size_t n, loff_t *o)
{
	size_t i; char c; struct nd *x; ssize_t r = n;
	mutex_lock(&m);
	for (i = 0; i < n; i++) {
		if (get_user(c, u + i)) { r = -EFAULT; break; }
		if (c == '\n' && i == n - 1) break;
		if (!sz) continue;
		if (ct == sz) pop();
		x = kmalloc(sizeof *x, GFP_KERNEL); if (!x) { r = -ENOMEM; break; }
		x->c = c; list_add_tail(&x->l, &h); ct++;
	}
	mutex_unlock(&m);
	return r;
}
static ssize_t s_show(struct kobject *k, struct kobj_attribute *a, char *b) { return sysfs_emit(b, "%lu\n", sz); }
static ssize_t s_store(struct kobject *k, struct kobj_attribute *a, const char *b, size_t n)
{
	unsigned long v; int e = kstrtoul(skip_spaces(b), 10, &v);
	if (e) return e;
	mutex_lock(&m);
	if ((v && v < ct) || v >= 1UL << 30) e = -EINVAL; else sz = v;
	mutex_unlock(&m);
	return e ? e : n;
}
static ssize_t c_show(struct kobject *k, struct kobj_attribute *a, char *b) { return sysfs_emit(b, "%lu\n", ct); }
static struct kobj_attribute sa = __ATTR(asee_buf_size, 0644, s_show, s_store), ca = __ATTR(asee_buf_count, 0444, c_show, NULL);
static const struct attribute *av[] = { &sa.attr, &ca.attr, NULL };
static const struct file_operations fo = { .owner = THIS_MODULE, .read = rd, .write = wr };
static struct miscdevice md = { .minor = MISC_DYNAMIC_MINOR, .name = "asee_mod", .fops = &fo };
static int __init i(void)
{
	if (misc_register(&md)) return -ENODEV;
	ko = kobject_create_and_add("asee_mod", kernel_kobj);
	return ko ? sysfs_create_files(ko, av) : -ENOMEM;
}
static void __exit x(void) { sysfs_remove_files(ko, av); kobject_put(ko); misc_deregister(&md); while (!list_empty(&h)) pop(); }
module_init(i); module_exit(x); MODULE_LICENSE("GPL");
