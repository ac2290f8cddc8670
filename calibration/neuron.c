/* neuron.c: many independent LHb neurons at once, each with its own parameters and holding current.
 *
 *   gcc -O3 -ffast-math -march=native -mprefer-vector-width=512 -shared -fPIC [-DDOUBLE] neuron.c -o neuron.so -lm
 * (neuron_cell.py compiles it on the spot)
 *
 * Units: mV, ms, pF, nS, pA; calcium in arbitrary units.
 * Scheme: staggered Crank-Nicolson. Gates and Ca advance with the old V, then V with the new gates. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef DOUBLE
typedef double real;
typedef int64_t ireal;
#else
typedef float real;
typedef int32_t ireal;
#endif
#define R(x) ((real)(x))
#define LANES 32
#define MAXSPIKES 4000

/* order is that of NAMES in neuron_cell.py */
enum { P_C, P_gL, P_EL, P_EK, P_gNa, P_gK, P_VT, P_kn, P_gT, P_fs, P_s, P_phi, P_gH, P_Vc, P_tauc, P_tauCa, P_kH, P_gSK,
       P_gM, P_Vw, P_kw, P_tauw, P_gN, P_Mg, P_gh, P_Vq, P_gKir, P_Vkir, P_kkir, P_gA, P_Va, P_ka, P_Vb, P_kb, P_taub,
       P_deep, P_I, P_pulse, NP };

static inline real fexp(real x) {
#ifdef DOUBLE
  return exp(x);
#else
  x = x < R(-80) ? R(-80) : x > R(80) ? R(80) : x;
  real t = x * R(1.44269504), n = __builtin_rintf(t), g = (t - n) * R(0.69314718);
  real p = R(1) + g*(R(1) + g*(R(0.5) + g*(R(0.16666667) + g*(R(0.041666667) + g*(R(0.0083333333) + g*R(0.0013888889))))));
  union { real r; ireal i; } v; v.i = ((ireal)n + 127) << 23;
  return p * v.r;
#endif
}
static inline real sigmoid(real x) { return R(1)/(R(1)+fexp(-x)); }
static inline real linoid(real x) { real y = (x < R(1e-4) && x > R(-1e-4)) ? R(1e-4) : x; return y/(fexp(y)-R(1)); }

/* One block of neurons, side by side. Gates start at their steady state at v0, Ca at rest. */
static void one_block(int cols, const double *par, int ncol, const double *v0, double dt_, int warm, int steps, int p_start, int p_width, int p_every,
                      int trace_every, float *trace, int ntrace, int *nspk, float *spk, double *vmin) {
  real p[NP][LANES] __attribute__((aligned(64))), x[12][LANES] __attribute__((aligned(64))), low[LANES], I[LANES] __attribute__((aligned(64)));
  int32_t hit[LANES] __attribute__((aligned(64)));
  for (int k = 0; k < NP; k++) for (int i = 0; i < LANES; i++) p[k][i] = par[(size_t)k*ncol + (i < cols ? i : 0)];
  for (int i = 0; i < LANES; i++) {
    double v = v0[i < cols ? i : 0], u = v - p[P_VT][i], e;
    double am=1.28*(13-u)/4/(exp((13-u)/4)-1), bm=1.4*(u-40)/5/(exp((u-40)/5)-1), ah=.128*exp((17-u)/18), bh=4/(1+exp((40-u)/5)), an=.16*(15-u)/5/(exp((15-u)/5)-1), bn=.5*exp((10-u)/40);
    e = v - p[P_s][i];
    x[0][i]=v; x[1][i]=am/(am+bm); x[2][i]=ah/(ah+bh); x[3][i]=an/(an+bn); x[4][i]=1/(1+exp(-(e+62)/4.2)); x[5][i]=x[6][i]=1/(1+exp((e+83.5)/5));
    x[7][i]=1/(1+exp(-(v-p[P_Vc][i])/5)); x[8][i]=1/(1+exp(-(v-p[P_Vw][i])/p[P_kw][i])); x[9][i]=1/(1+exp((v-p[P_Vq][i])/7)); x[10][i]=.05;
    x[11][i]=1/(1+exp((v-p[P_Vb][i])/p[P_kb][i])); low[i]=100;
  }
  const real dt=dt_, hd=.5*dt_;
  for (int i = 0; i < cols; i++) nspk[i] = 0;
  for (int t = 0; t < warm + steps; t++) {
    int on = 0;
    if (p_every > 0 && t >= p_start) on = (t - p_start) % p_every < p_width;
    for (int i = 0; i < LANES; i++) I[i] = p[P_I][i] + (on ? p[P_pulse][i] : R(0));
#pragma GCC ivdep
    for (int i = 0; i < LANES; i++) {
      real v = x[0][i], u = v - p[P_VT][i];
      real am=R(1.28)*linoid((R(13)-u)*R(.25)), bm=R(1.4)*linoid((u-R(40))*R(.2));
      real ah=R(.128)*fexp((R(17)-u)*R(1./18)), bh=R(4)*sigmoid((u-R(40))*R(.2));
      real an=p[P_kn][i]*R(.16)*linoid((R(15)-u)*R(.2)), bn=p[P_kn][i]*R(.5)*fexp((R(10)-u)*R(1./40));
      real M=x[1][i], H=x[2][i], K=x[3][i];
      M += dt*(am-(am+bm)*M)/(R(1)+hd*(am+bm)); H += dt*(ah-(ah+bh)*H)/(R(1)+hd*(ah+bh)); K += dt*(an-(an+bn)*K)/(R(1)+hd*(an+bn));
      real e=v-p[P_s][i], iphi=R(1)/p[P_phi][i];
      real tm=R(.6)+R(1)/(fexp(-(v+R(129))*R(1./16.7))+fexp((v+R(14))*R(1./18.2)));
      real eh=fexp((e+R(83.5))*R(.2)), hinf=R(1)/(R(1)+eh), a=p[P_deep][i]/(R(1)+eh*R(0.50661699));
      real MT=x[4][i], F=x[5][i], S=x[6][i], CC=x[7][i], W=x[8][i], Q=x[9][i], ca=x[10][i], Bk=x[11][i];
      MT += dt*(sigmoid((e+R(62))*R(1/4.2))-MT)/(tm*iphi+hd);
      F += dt*(hinf-F)/((R(22)+a)*iphi+hd); S += dt*(hinf-S)/((R(120)+a)*iphi+hd);
      CC += dt*(sigmoid((v-p[P_Vc][i])*R(.2))-CC)/(p[P_tauc][i]+hd);
      W += dt*(sigmoid((v-p[P_Vw][i])/p[P_kw][i])-W)/(p[P_tauw][i]+hd);
      real tq=R(20)+R(1000)/(fexp((v+R(71.5))*R(1/14.2))+fexp(-(v+R(89))*R(1/11.6)));
      Q += dt*(sigmoid((p[P_Vq][i]-v)*R(1./7))-Q)/(tq+hd);
      Bk += dt*(sigmoid((p[P_Vb][i]-v)/p[P_kb][i])-Bk)/(p[P_taub][i]+hd);
      real GT=p[P_gT][i]*MT*MT*((R(1)-p[P_fs][i])*F+p[P_fs][i]*S), GC=p[P_gH][i]*CC*CC;
      ca += dt*(-p[P_kH][i]*GC*(v-R(120))-(ca-R(.05))/p[P_tauCa][i])/(R(1)+hd/p[P_tauCa][i]);
      real B=R(1)/(R(1)+p[P_Mg][i]*R(1/3.57)*fexp(R(-.062)*v)), ca2=ca*ca;
      real GA=p[P_gA][i]*sigmoid((v-p[P_Va][i])/p[P_ka][i])*Bk, GKir=p[P_gKir][i]*sigmoid((p[P_Vkir][i]-v)/p[P_kkir][i]);
      real K2=K*K, GNa=p[P_gNa][i]*M*M*M*H, GK=p[P_gK][i]*K2*K2+p[P_gSK][i]*ca2/(ca2+R(.25))+p[P_gM][i]*W+GA+GKir;
      real Gq=p[P_gh][i]*Q, GN=p[P_gN][i]*B, GL=p[P_gL][i];
      real sum=GL+GNa+GK+GT+GC+Gq+GN;
      real drive=GL*p[P_EL][i]+GNa*R(50)+(GT+GC)*R(120)+GK*p[P_EK][i]-Gq*R(40)+I[i];
      real vn=v+dt*(drive-sum*v)/(p[P_C][i]+hd*sum);
      hit[i]=(v < R(-20)) & (vn >= R(-20));
      x[0][i]=vn; x[1][i]=M; x[2][i]=H; x[3][i]=K; x[4][i]=MT; x[5][i]=F; x[6][i]=S; x[7][i]=CC; x[8][i]=W; x[9][i]=Q; x[10][i]=ca; x[11][i]=Bk;
    }
    if (t >= warm) {
      int any = 0;
      for (int i = 0; i < LANES; i++) { any |= hit[i]; low[i] = x[0][i] < low[i] ? x[0][i] : low[i]; }
      if (any) for (int i = 0; i < cols; i++) if (hit[i] && nspk[i] < MAXSPIKES) spk[(size_t)i*MAXSPIKES + nspk[i]++] = (t - warm)*dt_;
      int k = t - warm;
      if (k % trace_every == 0) { k /= trace_every; if (k < ntrace) for (int i = 0; i < cols; i++) trace[(size_t)i*ntrace + k] = x[0][i]; }
    }
  }
  for (int i = 0; i < cols; i++) vmin[i] = low[i];
}

/* Project rule: a burst starts at an interval <= 20 ms and goes on while intervals are <= 100 ms.
 * out per column: rate, burst rate, spikes per burst, largest burst, intra-burst Hz, share in bursts, class (0 silent, 1 bursting, 2 tonic), V median, V min,
 * largest interval (ms), burst rate when a burst goes on only while intervals are <= 40 ms,
 * smallest interval (ms) */
enum { O_rate, O_brate, O_spb, O_max, O_intra, O_share, O_class, O_v, O_vmin, O_isi, O_brate2, O_misi, NO };
static void measure(int n, const float *s, double record, const float *trace, int ntrace, double every, double vmin, double *o) {
  double mi=record; for (int i = 0; i+1 < n; i++) if (s[i+1]-s[i] < mi) mi=s[i+1]-s[i];
  o[O_misi]=mi;
  int nb=0, in=0, big=0, runon=0, nb2=0; double fi=0, isi=n > 1 ? 0 : record;
  for (int i = 0; i+1 < n; i++) if (s[i+1]-s[i] > isi) isi = s[i+1]-s[i];
  for (int i = 0; i+1 < n;) {
    if (s[i+1]-s[i] > 20) { i++; continue; }
    int j=i+1; while (j+1 < n && s[j+1]-s[j] <= 100) j++;
    int k=j-i+1; double len=s[j]-s[i];
    nb++; in+=k; runon |= k>50 || len>5000 || len>record/2; fi+=(k-1)/(len*1e-3); if (k>big) big=k; i=j+1;
  }
  for (int i = 0; i+1 < n;) { if (s[i+1]-s[i] > 20) { i++; continue; } int j=i+1; while (j+1 < n && s[j+1]-s[j] <= 40) j++; nb2++; i=j+1; }
  double T=record*1e-3;
  o[O_rate]=n/T; o[O_brate]=nb/T; o[O_brate2]=nb2/T; o[O_spb]=nb?(double)in/nb:0; o[O_max]=big; o[O_intra]=nb?fi/nb:0; o[O_share]=n?(double)in/n:0; o[O_isi]=isi; o[O_vmin]=vmin;
  o[O_class]= n/T < .1 ? 0 : (2*in >= n && nb/T >= .2 && !runon) ? 1 : 2;
  static int hist[2000]; memset(hist,0,sizeof hist); int k=0, total=0;
  for (int i = 0; i < ntrace; i++) {
    double t=i*every; while (k < n && s[k] < t-5) k++;
    if (k < n && s[k] <= t+5) continue;
    int b=(trace[i]+120)*10; if (b<0) b=0; if (b>1999) b=1999; hist[b]++; total++;
  }
  int sum=0, b=0; for (; b < 2000; b++) { sum+=hist[b]; if (2*sum >= total) break; }
  o[O_v]= total ? -120+(b+.5)*.1 : -40;
}

/* par[NP][ncol]; v0[ncol]; out[ncol][NO]; if traces / spikes are wanted, trace[ncol][ntrace], nspk[ncol], spk[ncol][MAXSPIKES] */
void run(int ncol, const double *par, const double *v0, double dt, double warm, double record, double p_start, double p_width, double p_every,
         double *out, float *trace, int ntrace, int *nspk, float *spk) {
  int every=lround(1/dt), own=!trace; int nt=own ? (int)record : ntrace;
  float *tr=own ? malloc(sizeof(float)*LANES*nt) : 0, *sp=own ? malloc(sizeof(float)*LANES*MAXSPIKES) : 0; int ns[LANES]; double low[LANES];
  for (int i = 0; i < ncol; i += LANES) {
    int cols=ncol-i < LANES ? ncol-i : LANES;
    float *t=own ? tr : trace+(size_t)i*nt, *s=own ? sp : spk+(size_t)i*MAXSPIKES; int *n=own ? ns : nspk+i;
    one_block(cols,par+i,ncol,v0+i,dt,lround(warm/dt),lround(record/dt),lround(p_start/dt),lround(p_width/dt),lround(p_every/dt),every,t,nt,n,s,low);
    for (int k = 0; k < cols; k++) measure(n[k],s+(size_t)k*MAXSPIKES,record,t+(size_t)k*nt,nt,1,low[k],out+(size_t)(i+k)*NO);
  }
  if (own) { free(tr); free(sp); }
}
