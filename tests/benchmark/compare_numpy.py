#!/usr/bin/env python3
"""The correlation of this program beside NumPy's published variants, in one run on one machine.

Dujardin et al. (Proc. SciPy 2020) wrote C2(q, q', .) = F^-1[ sum_j A_j(q) conj A_j(q') ] in several ways; they are written afresh
here. 100 images of 300 rings x 256 azimuths of random numbers, as published:

    loop          every pair of rings of every image, one product of spectra at a time
    loop-half     the same for q <= q' only, the rest by conjugate symmetry
    einsum        one Einstein sum over all images
    einsum-F      the same on Fortran-ordered images
    dot           one matrix product for each harmonic
    dot-F         the same on Fortran-ordered images

The loops are timed on a few images and scaled, because they take half a minute otherwise. All use the OpenBLAS that NumPy and this
program share, on the same number of threads. Accuracy is the relative Frobenius distance of C2 from the float64 result.
Usage: compare_numpy.py PROGRAM [--threads N] [--json FILE]     (PROGRAM: fxs_benchmark_correlation)
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

IMAGES, RINGS, AZIMUTHS = 100, 300, 256
LOOP_IMAGES = 2


def spectra(np, images):
    return np.fft.fft(images, axis=-1)


def loop(np, images):
    c2 = np.zeros((RINGS, RINGS, AZIMUTHS), np.complex128)
    for image in images:
        a = spectra(np, image)
        for q in range(RINGS):
            for r in range(RINGS):
                c2[q, r] += a[q] * a[r].conj()
    return c2


def loop_half(np, images):
    c2 = np.zeros((RINGS, RINGS, AZIMUTHS), np.complex128)
    for image in images:
        a = spectra(np, image)
        for q in range(RINGS):
            c2[q, q] += a[q] * a[q].conj()
            for r in range(q + 1, RINGS):
                product = a[q] * a[r].conj()
                c2[q, r] += product
                c2[r, q] += product.conj()
    return c2


def einsum(np, images):
    a = spectra(np, images)
    return np.einsum("jqm,jrm->qrm", a, a.conj())


def dot(np, images, order="C"):
    a = spectra(np, images)
    c2 = np.zeros((RINGS, RINGS, AZIMUTHS), np.complex128, order=order)
    for m in range(AZIMUTHS):
        c2[..., m] += np.dot(a[..., m].T, a[..., m].conj())
    return c2


def variants(np, images):
    fortran = np.asfortranarray(images)
    few = images[:LOOP_IMAGES]
    yield "loop", IMAGES / LOOP_IMAGES, lambda: loop(np, few)
    yield "loop-half", IMAGES / LOOP_IMAGES, lambda: loop_half(np, few)
    yield "einsum", 1, lambda: einsum(np, images)
    yield "einsum-F", 1, lambda: einsum(np, fortran)
    yield "dot", 1, lambda: dot(np, images)
    yield "dot-F", 1, lambda: dot(np, fortran, "F")


def reference(np, images):
    """C2[q, q', k] = 1/(N n) sum_j sum_i I_j(q, i) I_j(q', i + k), float64."""
    a = spectra(np, images.astype(np.float64))
    c = np.zeros((RINGS, RINGS, AZIMUTHS), np.complex128)
    for m in range(AZIMUTHS):
        c[..., m] = np.dot(a[..., m].conj().T, a[..., m])
    return np.fft.ifft(c, axis=-1).real / (len(images) * AZIMUTHS)


def timed(call, repetitions):
    best = float("inf")
    for _ in range(repetitions):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--json")
    options = parser.parse_args()
    # Before NumPy is imported: OpenBLAS reads it once.
    os.environ["OPENBLAS_NUM_THREADS"] = str(options.threads)
    import numpy as np

    images = np.random.default_rng(1).random((IMAGES, RINGS, AZIMUTHS))
    numpy_rates = {}
    for name, scale, call in variants(np, images):
        seconds = timed(call, 1 if scale > 1 or name.startswith("einsum") else 3) * scale
        numpy_rates[name] = IMAGES / seconds
        print(f"NumPy {name:10s} {seconds:8.2f} s for {IMAGES} images  {numpy_rates[name]:9.1f} images/s", file=sys.stderr)

    with tempfile.TemporaryDirectory() as folder:
        given, result = os.path.join(folder, "images.f32"), os.path.join(folder, "c2.f32")
        single = images.astype(np.float32)
        single.tofile(given)
        run = subprocess.run([options.program, "--threads", str(options.threads), "--images", given, "--c2", result],
                             check=True, stdout=subprocess.PIPE, text=True)
        ours = json.loads(run.stdout)
        c2 = np.fromfile(result, np.float32).reshape(RINGS, RINGS, AZIMUTHS)
    exact = reference(np, single)
    error = float(np.linalg.norm(c2 - exact) / np.linalg.norm(exact))
    # The images' mean hides the fluctuations, so these are held against each other too.
    c2_fluctuation, fluctuation = c2 - c2.mean(-1, keepdims=True), exact - exact.mean(-1, keepdims=True)
    fluctuation_error = float(np.linalg.norm(c2_fluctuation - fluctuation) / np.linalg.norm(fluctuation))

    best = max(numpy_rates.values())
    kinds = {"even": "even, all harmonics", "full": "full, all harmonics", "even_limited": "even, band limit",
             "full_limited": "full, band limit"}
    print(f"\n{'':24s}{'images/s':>10s}{'x NumPy':>9s}{'transform':>11s}{'update':>9s}{'of sgemm':>10s}{'harmonics':>11s}")
    for key, label in kinds.items():
        rate = ours[key]
        rate["times_numpy_best"] = rate["images_per_second"] / best
        print(f"{label:24s}{rate['images_per_second']:10.0f}{rate['times_numpy_best']:9.1f}{rate['transform_seconds']:10.4f}s"
              f"{rate['update_seconds']:8.4f}s{100 * rate['update_share_of_sgemm']:9.0f}%{rate['harmonics']:11d}")
    print(f"{'NumPy, best variant':24s}{best:10.0f}{1.0:9.1f}")
    print(f"\nC2 against float64: {error:.2e} in all, {fluctuation_error:.2e} of the fluctuations; {options.threads} threads, "
          f"{ours['kernel']}, {ours['blas']}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"numpy_images_per_second": numpy_rates, "ours": ours, "c2_error": error,
                       "c2_fluctuation_error": fluctuation_error, "threads": options.threads}, file, indent=1)


if __name__ == "__main__":
    main()
