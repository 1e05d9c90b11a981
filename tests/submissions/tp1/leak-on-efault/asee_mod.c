/* ioctl, llseek, poll, debugfs, module param, per-module workqueue storing, old style init_module */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/poll.h>
#include <linux/fs.h>
#include <linux/device.h>
#include <linux/workqueue.h>
#include <linux/uaccess.h>
#include <linux/slab.h>
#define ASEE_CLEAR _IO('a', 1)
#define ASEE_COUNT _IOR('a', 2, int)
static int verbose = 1; module_param(verbose, int, 0644); MODULE_PARM_DESC(verbose, "chatty");
static DEFINE_MUTEX(mx); static DECLARE_WAIT_QUEUE_HEAD(wq);
static char ring[16]; static int head; static atomic_t n = ATOMIC_INIT(0);
static struct dentry *dbg; static int maj; static struct class *c; static struct workqueue_struct *w;
struct job { struct work_struct ws; const char *p; size_t l; };
static void store(struct work_struct *ws)
{
	struct job *j = container_of(ws, struct job, ws); size_t i;
	mutex_lock(&mx);
	for (i = 0; i < j->l; i++) { ring[head] = j->p[i]; head = (head + 1) & 15; atomic_add_unless(&n, 1, 16); }
	mutex_unlock(&mx);
	wake_up_interruptible(&wq);
}
static ssize_t wr(struct file *f, const char __user *u, size_t l, loff_t *o)
{
	struct job j; char *p; size_t k = min(l, (size_t)PAGE_SIZE);
	p = kmalloc(k, GFP_KERNEL); if (!p) return -ENOMEM;
	if (copy_from_user(p, u, k)) return -EFAULT;
	j.p = p; j.l = k;
	INIT_WORK_ONSTACK(&j.ws, store); queue_work(w, &j.ws); flush_work(&j.ws); destroy_work_on_stack(&j.ws);
	kfree(p);
	if (verbose) pr_info("write %zu -> %d in buffer, head %d\n", k, atomic_read(&n), head);
	return k;
}
static ssize_t rd(struct file *f, char __user *u, size_t l, loff_t *o)
{
	int i, k; char t[16];
	mutex_lock(&mx);
	k = min_t(size_t, l, atomic_read(&n));
	for (i = 0; i < k; i++) t[i] = ring[(head - atomic_read(&n) + i) & 15];
	if (copy_to_user(u, t, k)) k = -EFAULT; else { atomic_sub(k, &n); *o += k; }
	mutex_unlock(&mx);
	if (verbose) printk("read %zd -> %d\n", l, k);
	return k;
}
static __poll_t po(struct file *f, poll_table *t) { poll_wait(f, &wq, t); return EPOLLOUT | EPOLLWRNORM | (atomic_read(&n) ? EPOLLIN | EPOLLRDNORM : 0); }
static long io(struct file *f, unsigned int cmd, unsigned long a)
{
	switch (cmd) {
	case ASEE_CLEAR: atomic_set(&n, 0); return 0;
	case ASEE_COUNT: return put_user(atomic_read(&n), (int __user *)a);
	default: return -ENOTTY;
	}
}
static int shw_show(struct seq_file *s, void *v) { seq_printf(s, "head %d n %d\n", head, atomic_read(&n)); seq_hex_dump(s, "", DUMP_PREFIX_OFFSET, 16, 1, ring, 16, true); return 0; }
DEFINE_SHOW_ATTRIBUTE(shw);
static struct file_operations fo = { .owner = THIS_MODULE, .read = rd, .write = wr, .poll = po, .unlocked_ioctl = io, .llseek = default_llseek };
int init_module(void)
{
	w = alloc_workqueue("asee", 0, 1); if (!w) return -ENOMEM;
	maj = register_chrdev(0, "asee_mod", &fo); if (maj < 0) { destroy_workqueue(w); return maj; }
	c = class_create("asee_mod"); device_create(c, NULL, MKDEV(maj, 0), NULL, "asee_mod");
	dbg = debugfs_create_dir("asee_mod", NULL); debugfs_create_file("state", 0444, dbg, NULL, &shw_fops);
	return 0;
}
void cleanup_module(void)
{
	debugfs_remove_recursive(dbg); device_destroy(c, MKDEV(maj, 0)); class_destroy(c); unregister_chrdev(maj, "asee_mod"); destroy_workqueue(w);
}
MODULE_LICENSE("GPL");
