#include <linux/module.h>
#include <linux/fs.h>
#include <linux/device.h>
#include <linux/uaccess.h>
#define TAB 16
#define FOREVER for(;;)
MODULE_LICENSE("GPL");
static struct { char t[TAB]; unsigned char d:4, n; } B;
static int M; static struct class *K;
static ssize_t R(struct file*f,char __user*u,size_t l,loff_t*p){
  size_t i=0;
  FOREVER {
    if(!l--||!B.n) goto out;
    if(put_user(B.t[B.d],u+i)) goto bad;
    B.d++; B.n--; i++;          /* d is 4 bits: wraps by itself */
  }
out: return i;
bad: return i?i:-EFAULT;
}
static ssize_t W(struct file*f,const char __user*u,size_t l,loff_t*p){
  size_t i; char c;
  for(i=0;i<l;i++){
    if(get_user(c,u+i)) return i?i:-EFAULT;
    B.t[(B.d+B.n)&15]=c;
    B.n<TAB?B.n++:B.d++;
  }
  return i;
}
static struct file_operations F={.owner=THIS_MODULE,.read=R,.write=W};
int init_module(void)
{
  if((M=register_chrdev(0,"asee_mod",&F))<0) return M;
  K=class_create("asee_mod"); device_create(K,NULL,MKDEV(M,0),NULL,"asee_mod");
  return 0;
}
void cleanup_module(void)
{
  device_destroy(K,MKDEV(M,0)); class_destroy(K); unregister_chrdev(M,"asee_mod");
}
