// Most of these tests wait for other programs most of the time: with one at a time for each processor half of it is idle.
[assembly: Xunit.v3.Parallelization(MaxThreads = 8)]
