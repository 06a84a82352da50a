// Many of these tests wait for a timer, a file or another program now and then: with one at a time for each processor a third of it is idle.
[assembly: Xunit.v3.Parallelization(MaxThreads = 4)]
