"""Functions that the equations use, for C++ and for NumPy.

Noise is counter-based: the number drawn is a pure function of a neuron's key, the time step and a stream number (three
rounds of a 32-bit integer hash, constants of C. Wellons' lowbias32). So the noise a neuron sees depends neither on the
other neurons nor on how many runs shared a process, matched conditions get identical noise, and the loop vectorises.
"""

import numpy as np
from brian2.codegen.generators import CPPCodeGenerator
from brian2.core.functions import DEFAULT_FUNCTIONS, Function, implementation
from brian2.units.fundamentalunits import check_units

from lhb_model.equations import linoid as numpy_linoid

CPP_NOISE = """
static inline uint32_t lhb_mix(uint32_t x) {
    x ^= x >> 16; x *= 0x7feb352dU; x ^= x >> 15; x *= 0x846ca68bU; x ^= x >> 16;
    return x;
}
static inline uint32_t lhb_draw(int32_t key, int64_t step, int32_t stream) {
    const uint32_t moment = lhb_mix((uint32_t)step + (uint32_t)stream*0x9e3779b9U);
    return lhb_mix(lhb_mix(moment ^ (uint32_t)key) + (uint32_t)key);
}
static inline double uniform_noise(int32_t key, int64_t step, int32_t stream) {
    return ((double)lhb_draw(key, step, stream) + 0.5)*2.3283064365386963e-10;
}
static inline double normal_noise(int32_t key, int64_t step, int32_t stream) {
    const uint32_t a = lhb_draw(key, step, stream);
    const uint32_t b = lhb_mix(a + 0x9e3779b9U);
    const int32_t sum = (int32_t)((a & 0xffffU) + (a >> 16) + (b & 0xffffU) + (b >> 16));
    return (double)(sum - 131070)*2.6428998e-05;
}
"""

CPP_EXP = """
// exp(x) = 2**n exp(r), |r| <= log(2)/2. The series of exp(r); n goes from the last bits of the sum with 1.5 2**52 (2**23)
// to the exponent of the result, held within its range as an integer, for which there are fast instructions. An infinite x
// gives not-a-number. There is none: whatever equations divide by is refused if it is 0 (sheets.py), as bounds on x cost time.
static inline double lhb_exp(double x) {
    const double n = std::rint(x*1.4426950408889634);
    const double r = x - n*0.6931471805599453;
    double p = 1.0/479001600;
    p = p*r + 1.0/39916800;
    p = p*r + 1.0/3628800;
    p = p*r + 1.0/362880;
    p = p*r + 1.0/40320;
    p = p*r + 1.0/5040;
    p = p*r + 1.0/720;
    p = p*r + 1.0/120;
    p = p*r + 1.0/24;
    p = p*r + 1.0/6;
    p = p*r + 0.5;
    p = p*r + 1.0;
    p = p*r + 1.0;
    const double sum = n + 6755399441055744.0;
    const int64_t zero = 0x4338000000000000LL, low = zero - 1022, high = zero + 1023;
    int64_t bits;
    std::memcpy(&bits, &sum, sizeof bits);
    bits = bits < low ? low : bits;
    bits = bits > high ? high : bits;
    bits = (bits + 1023) << 52;
    double power;
    std::memcpy(&power, &bits, sizeof power);
    return p*power;
}
static inline float lhb_exp(float x) {
    const float n = std::rint(x*1.44269504f);
    const float r = x - n*0.693147182f;
    float p = 1.0f/720;
    p = p*r + 1.0f/120;
    p = p*r + 1.0f/24;
    p = p*r + 1.0f/6;
    p = p*r + 0.5f;
    p = p*r + 1.0f;
    p = p*r + 1.0f;
    const float sum = n + 12582912.0f;
    const int32_t zero = 0x4b400000, low = zero - 126, high = zero + 127;
    int32_t bits;
    std::memcpy(&bits, &sum, sizeof bits);
    bits = bits < low ? low : bits;
    bits = bits > high ? high : bits;
    bits = (bits + 127) << 23;
    float power;
    std::memcpy(&power, &bits, sizeof power);
    return p*power;
}
// Near zero exp(x) - 1 loses its digits, and the series needs few terms.
template <class T> static inline T linoid(T x) {
    const bool small = std::abs(x) < T(sizeof(T) == 8 ? 1e-3 : 3e-2);
    const T safe = small ? T(1) : x;
    const T value = safe/(lhb_exp(safe) - T(1));
    return small ? T(1) + x*(x*T(1.0/12) - T(0.5)) : value;
}
"""

IN_HEADER = ""
"""What Brian2 has to add to the code that calls one of these functions: nothing, they stand in the program's header."""

_NORMAL_SCALE = 2.6428998e-05
"""1/sqrt(4 (65536**2 - 1)/12): the sum of four 16-bit numbers gets unit variance."""


def _mix(x: np.ndarray) -> np.ndarray:
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x7FEB352D)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def draw(key: np.ndarray, step: int, stream: int) -> np.ndarray:
    """32 random bits for each key at a time step, as uint32; the same bits as the C++ code draws."""
    key = np.atleast_1d(np.asarray(key, dtype=np.int64)).astype(np.uint32)
    start = (int(np.asarray(step).ravel()[0]) + int(stream) * 0x9E3779B9) & 0xFFFFFFFF
    moment = _mix(np.array([start], dtype=np.uint32))
    return _mix(_mix(moment ^ key) + key)


@implementation("cpp", IN_HEADER)
@check_units(key=1, step=1, stream=1, result=1)
def uniform_noise(key: np.ndarray, step: int, stream: int) -> np.ndarray:
    """Uniform random number in (0, 1) for each key at a time step.

    >>> bool(uniform_noise([7], 3, 1) == uniform_noise([7], 3, 1))
    True
    """
    return (draw(key, step, stream).astype(float) + 0.5) * 2.0**-32


@implementation("cpp", IN_HEADER)
@check_units(key=1, step=1, stream=1, result=1)
def normal_noise(key: np.ndarray, step: int, stream: int) -> np.ndarray:
    """Random number of mean 0 and variance 1 for each key at a time step: four uniform ones added (Irwin-Hall).

    A noise current filters many steps, so its distribution is normal though one draw is bounded by 3.5.
    """
    a = draw(key, step, stream)
    b = _mix(a + np.uint32(0x9E3779B9))
    low, high = np.uint32(0xFFFF), np.uint32(16)
    total = (a & low).astype(np.int64) + (a >> high) + (b & low) + (b >> high)
    return (total - 131070) * _NORMAL_SCALE


@implementation("cpp", IN_HEADER)
@check_units(x=1, result=1)
def linoid(x: np.ndarray) -> np.ndarray:
    """x/(exp(x) - 1), with its limit at zero."""
    return numpy_linoid(x)


NAMESPACE: dict[str, Function] = {"uniform_noise": uniform_noise, "normal_noise": normal_noise, "linoid": linoid}


def vectorise_exp() -> None:
    """Give C++ code an `exp` that is inlined: a call into a library costs more than the number, as it spills all registers."""
    DEFAULT_FUNCTIONS["exp"].implementations.add_implementation(CPPCodeGenerator, IN_HEADER, name="lhb_exp")
