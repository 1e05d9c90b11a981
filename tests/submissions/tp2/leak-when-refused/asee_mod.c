/* misc + mutex + kvmalloc NOWARN + attribute group, free running counters and modulo of a 64-bit sequence */
#include <linux/module.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/mm.h>
#include <linux/fs.h>
#include <linux/kobject.h>
#include <linux/uaccess.h>
static DEFINE_MUTEX(lk);
static u8 *mem; static u32 size = 16; static u32 start, cnt;
static struct kobject *ko;
static ssize_t asee_buf_size_show(struct kobject *k, struct kobj_attribute *a, char *b) { return sysfs_emit(b, "%u", size); }
static ssize_t asee_buf_size_store(struct kobject *k, struct kobj_attribute *a, const char *b, size_t n)
{
	u32 want, first; u8 *p; int e = kstrtou32(b, 0, &want);
	if (e) return e;
	if (want - 1 >= (1u << 20)) return -ERANGE;
	p = kvmalloc(want, GFP_KERNEL | __GFP_NOWARN);
	if (!p) return -ENOMEM;
	mutex_lock(&lk);
	if (want < cnt) { e = -EBUSY; goto no; }
	first = min(cnt, size - start);
	memcpy(p, mem + start, first);
	memcpy(p + first, mem, cnt - first);
	swap(p, mem); size = want; start = 0;
	kvfree(p); p = NULL;
no:	mutex_unlock(&lk);
	return e ?: n;
}
static ssize_t asee_buf_count_show(struct kobject *k, struct kobj_attribute *a, char *b) { return sysfs_emit(b, "%u", cnt); }
static struct kobj_attribute a1 = __ATTR_RW(asee_buf_size), a2 = __ATTR_RO(asee_buf_count);
static struct attribute *as[] = { &a1.attr, &a2.attr, NULL };
static const struct attribute_group g = { .attrs = as };
static ssize_t rd(struct file *f, char __user *u, size_t n, loff_t *o)
{
	u32 first; ssize_t r = -EFAULT;
	mutex_lock(&lk);
	n = min_t(size_t, n, cnt); first = min_t(u32, n, size - start);
	if (!copy_to_user(u, mem + start, first) && !copy_to_user(u + first, mem, n - first)) {
		start = (start + n) % size; cnt -= n; r = n;
	}
	mutex_unlock(&lk);
	return r;
}
static ssize_t wr(struct file *f, const char __user *u, size_t n, loff_t *o)
{
	u32 pos, k; ssize_t r;
	mutex_lock(&lk);
	pos = (start + cnt) % size;
	k = min_t(size_t, n, size - pos);
	r = k;
	if (copy_from_user(mem + pos, u, k)) r = -EFAULT;
	else { cnt += k; if (cnt > size) { start = (start + cnt - size) % size; cnt = size; } }
	mutex_unlock(&lk);
	return r;
}
static const struct file_operations fo = { .owner = THIS_MODULE, .read = rd, .write = wr };
static struct miscdevice md = { .minor = MISC_DYNAMIC_MINOR, .name = "asee_mod", .fops = &fo };
static int __init i(void)
{
	int e = -ENOMEM;
	mem = kvmalloc(size, GFP_KERNEL); if (!mem) return e;
	ko = kobject_create_and_add("asee_mod", kernel_kobj); if (!ko) goto a;
	e = sysfs_create_group(ko, &g); if (e) goto b;
	e = misc_register(&md); if (!e) return 0;
b:	kobject_put(ko);
a:	kvfree(mem); return e;
}
static void __exit x(void) { misc_deregister(&md); sysfs_remove_group(ko, &g); kobject_put(ko); kvfree(mem); }
module_init(i); module_exit(x); MODULE_LICENSE("GPL");
